"""Claims on a real database: what is due is one worker's for some seconds."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from integrations.delivery import claims
from integrations.delivery.models import DELIVERED, FAILED, Delivery
from integrations.outgoing.models import DELIVERY_KIND
from mattermost_hooks.records import now_ms
from tests.deliveries import hook_of, post_of

pytestmark = pytest.mark.django_db

KINDS = [DELIVERY_KIND]


def plenty(endpoint: str) -> int:
    """Room for many calls."""
    return 100


def ids(deliveries: list[Delivery]) -> set[str]:
    """Their ids."""
    return {one.id for one in deliveries}


def test_what_is_due_is_claimed_once_and_for_some_seconds(owed: Any) -> None:
    due = owed()
    began = now_ms()

    (claimed,) = claims.of_ids([due.id], kinds=KINDS)

    assert (claimed.claim, claimed.attempt_count) == (1, 1)
    assert began + claims.LEASE_MS <= claimed.due_at <= now_ms() + claims.LEASE_MS
    assert claims.of_ids([due.id], kinds=KINDS) == []
    assert claims.due(kinds=KINDS, room=plenty, most=10) == []


def test_only_what_is_pending_and_due_is_claimed(owed: Any) -> None:
    due = owed()
    owed(due_at=now_ms() + 60_000)
    owed(status=DELIVERED)
    owed(status=FAILED)

    assert ids(claims.due(kinds=KINDS, room=plenty, most=10)) == {due.id}


def test_receivers_that_have_no_room_are_left_out(owed: Any) -> None:
    full, other = owed(url="http://full.example/"), owed(url="http://other.example/")

    assert claims.of_ids([full.id], kinds=KINDS, without=[full.endpoint]) == []
    assert ids(
        claims.due(kinds=KINDS, room=lambda one: 0 if one == full.endpoint else 8, most=10)
    ) == {other.id}


@pytest.mark.servers
def test_no_more_is_claimed_than_there_is_room_for(owed: Any) -> None:
    first = owed(url="http://receiver0.example/")
    for number in range(90):
        owed(post=post_of(first), hook=hook_of(first), url=f"http://receiver{number % 30}.example/")

    claimed = claims.due(kinds=KINDS, room=lambda _: 2, most=50)

    assert len(claimed) <= 50
    assert max(Counter(one.endpoint for one in claimed).values()) <= 2


@pytest.mark.servers
def test_a_receiver_with_much_to_do_leaves_room_for_the_others(owed: Any) -> None:
    busy = owed(url="http://busy.example/")
    for _ in range(30):
        owed(post=post_of(busy), hook=hook_of(busy), url="http://busy.example/again")
    quiet = owed(url="http://quiet.example/")

    claimed = claims.due(kinds=KINDS, room=plenty, most=10)

    assert quiet.id in ids(claimed)
    assert 1 < len(claimed) <= 10


def test_one_receiver_is_one_however_its_urls_spell_it(owed: Any) -> None:
    one, same = owed(url="http://Ci.example/a"), owed(url="http://ci.example.:80/b")
    assert one.endpoint == same.endpoint == "http://ci.example:80"


def test_a_renewed_claim_lasts_longer_and_a_lost_one_is_not_renewed(owed: Any) -> None:
    due = owed()
    (first,) = claims.of_ids([due.id], kinds=KINDS)
    Delivery.objects.update(due_at=now_ms())
    (second,) = claims.of_ids([due.id], kinds=KINDS)
    Delivery.objects.update(due_at=1)

    claims.renew([first])
    assert Delivery.objects.get(id=due.id).due_at == 1
    claims.renew([second])
    assert Delivery.objects.get(id=due.id).due_at > now_ms()


def test_a_claim_that_is_given_back_is_due_at_once_and_was_no_attempt(owed: Any) -> None:
    due = owed()
    (claimed,) = claims.of_ids([due.id], kinds=KINDS)

    claims.release([claimed])

    (again,) = claims.of_ids([due.id], kinds=KINDS)
    assert again.attempt_count == 1
    claims.release([claimed])
    assert claims.of_ids([due.id], kinds=KINDS) == []


def test_each_owner_at_a_receiver_gets_its_turn_however_much_another_one_has(owed: Any) -> None:
    busy = owed(url="http://shared.example/")
    for _ in range(30):
        owed(post=post_of(busy), hook=hook_of(busy), url="http://shared.example/")
    others = {owed(url="http://shared.example/").owner_id for _ in range(3)}

    claimed = claims.due(kinds=KINDS, room=lambda _: 4, most=64)

    assert {one.owner_id for one in claimed} == others | {busy.owner_id}


def test_chance_decides_where_there_are_more_owners_than_room(owed: Any) -> None:
    owners = {owed(url="http://shared.example/").owner_id for _ in range(8)}
    met: set[str] = set()
    for _ in range(100):
        claimed = claims.due(kinds=KINDS, room=lambda _: 1, most=64)
        met |= {one.owner_id for one in claimed}
        claims.release(claimed)

    assert met == owners


def test_what_was_never_tried_comes_first(owed: Any) -> None:
    again = owed(due_at=1)
    first = owed(post=post_of(again), hook=hook_of(again))

    (claimed,) = claims.due(kinds=KINDS, room=lambda _: 1, most=64)

    assert claimed.id == first.id


def test_kinds_that_are_switched_off_are_left_alone(owed: Any) -> None:
    due = owed()

    assert claims.due(kinds=["another"], room=plenty, most=10) == []
    assert claims.of_ids([due.id], kinds=["another"]) == []
    assert claims.of_ids([due.id], kinds=[]) == []


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_once_never_get_the_same(owed: Any) -> None:
    first = owed()
    for _ in range(39):
        owed(post=post_of(first), hook=hook_of(first))
    together = threading.Barrier(4)

    def claim(_: int) -> list[Delivery]:
        together.wait()
        try:
            return [one for _ in range(20) for one in claims.due(kinds=KINDS, room=plenty, most=4)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        claimed = [one.id for some in workers.map(claim, range(4)) for one in some]

    assert len(claimed) == len(set(claimed)) == 40
