"""Claims on a real database: what is due is one worker's for some seconds."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from integrations.outgoing import claims
from integrations.outgoing.models import DELIVERED, FAILED, Delivery
from mattermost_hooks.records import now_ms

pytestmark = pytest.mark.django_db


def plenty(endpoint: str) -> int:
    """Room for many calls."""
    return 100


def ids(deliveries: list[Delivery]) -> set[str]:
    """Their ids."""
    return {one.id for one in deliveries}


def test_what_is_due_is_claimed_once_and_for_some_seconds(owed: Any) -> None:
    due = owed()
    began = now_ms()

    (claimed,) = claims.of_ids([due.id])

    assert (claimed.claim, claimed.attempt_count) == (1, 1)
    assert began + claims.LEASE_MS <= claimed.due_at <= now_ms() + claims.LEASE_MS
    assert claims.of_ids([due.id]) == []
    assert claims.due(room=plenty, most=10) == []


def test_only_what_is_pending_and_due_is_claimed(owed: Any) -> None:
    due = owed()
    owed(due_at=now_ms() + 60_000)
    owed(status=DELIVERED)
    owed(status=FAILED)

    assert ids(claims.due(room=plenty, most=10)) == {due.id}


def test_receivers_that_have_no_room_are_left_out(owed: Any) -> None:
    full, other = owed(url="http://full.example/"), owed(url="http://other.example/")

    assert claims.of_ids([full.id], without=[full.endpoint]) == []
    assert ids(claims.due(room=lambda one: 0 if one == full.endpoint else 8, most=10)) == {other.id}


@pytest.mark.servers
def test_no_more_is_claimed_than_there_is_room_for(owed: Any) -> None:
    first = owed(url="http://receiver0.example/")
    for number in range(90):
        owed(post=first.post, hook=first.hook, url=f"http://receiver{number % 30}.example/")

    claimed = claims.due(room=lambda _: 2, most=50)

    assert len(claimed) <= 50
    assert max(Counter(one.endpoint for one in claimed).values()) <= 2


@pytest.mark.servers
def test_a_receiver_with_much_to_do_leaves_room_for_the_others(owed: Any) -> None:
    busy = owed(url="http://busy.example/")
    for _ in range(30):
        owed(post=busy.post, hook=busy.hook, url="http://busy.example/again")
    quiet = owed(url="http://quiet.example/")

    claimed = claims.due(room=plenty, most=10)

    assert quiet.id in ids(claimed)
    assert 1 < len(claimed) <= 10


def test_one_receiver_is_one_however_its_urls_spell_it(owed: Any) -> None:
    one, same = owed(url="http://Ci.example/a"), owed(url="http://ci.example.:80/b")
    assert one.endpoint == same.endpoint == "http://ci.example:80"


def test_a_renewed_claim_lasts_longer_and_a_lost_one_is_not_renewed(owed: Any) -> None:
    due = owed()
    (first,) = claims.of_ids([due.id])
    Delivery.objects.update(due_at=now_ms())
    (second,) = claims.of_ids([due.id])
    Delivery.objects.update(due_at=1)

    claims.renew([first])
    assert Delivery.objects.get(id=due.id).due_at == 1
    claims.renew([second])
    assert Delivery.objects.get(id=due.id).due_at > now_ms()


def test_a_claim_that_is_given_back_is_due_at_once_and_was_no_attempt(owed: Any) -> None:
    due = owed()
    (claimed,) = claims.of_ids([due.id])

    claims.release([claimed])

    (again,) = claims.of_ids([due.id])
    assert again.attempt_count == 1
    claims.release([claimed])
    assert claims.of_ids([due.id]) == []


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_get_the_same(owed: Any) -> None:
    first = owed()
    for _ in range(39):
        owed(post=first.post, hook=first.hook)
    together = threading.Barrier(4)

    def claim(_: int) -> list[Delivery]:
        together.wait()
        try:
            return [one for _ in range(20) for one in claims.due(room=plenty, most=4)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        claimed = [one.id for some in workers.map(claim, range(4)) for one in some]

    assert len(claimed) == len(set(claimed)) == 40
