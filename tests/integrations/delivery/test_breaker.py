"""Receivers that fail rest, and nobody is sent there meanwhile."""

from typing import Any

import pytest

from integrations.delivery import breaker, claims
from integrations.delivery.models import Endpoint
from integrations.outgoing.models import DELIVERY_KIND
from mattermost_hooks.records import now_ms

pytestmark = pytest.mark.django_db

KINDS = [DELIVERY_KIND]


def fail(endpoint: str, *, times: int) -> None:
    """So many failures, one after the other."""
    for _ in range(times):
        breaker.note_failure(endpoint=endpoint, began=now_ms())


def test_who_failed_often_is_not_called_until_it_has_rested(owed: Any) -> None:
    due, other = owed(), owed(url="http://other.example/")
    fail(due.endpoint, times=breaker.FAILURES_BEFORE_REST)

    assert claims.of_ids([due.id], kinds=KINDS) == []
    assert [one.id for one in claims.due(kinds=KINDS, room=lambda _: 8, most=8)] == [other.id]
    Endpoint.objects.update(rests_until=now_ms())
    assert [one.id for one in claims.of_ids([due.id], kinds=KINDS)] == [due.id]


def test_a_failure_or_two_are_no_reason_to_rest(owed: Any) -> None:
    due = owed()
    fail(due.endpoint, times=breaker.FAILURES_BEFORE_REST - 1)

    (claimed,) = claims.of_ids([due.id], kinds=KINDS)
    assert claimed.endpoint_failed


def test_calls_that_were_under_way_together_are_one_failure() -> None:
    began = now_ms()
    for _ in range(20):
        breaker.note_failure(endpoint="http://a:80", began=began - 1)

    assert Endpoint.objects.get().failures == 1


def test_who_answers_again_is_as_good_as_new(owed: Any) -> None:
    due = owed()
    fail(due.endpoint, times=20)
    breaker.note_answer(endpoint=due.endpoint)

    (claimed,) = claims.of_ids([due.id], kinds=KINDS)
    assert not claimed.endpoint_failed


def test_whoever_asks_to_be_left_alone_is_and_that_is_never_cut_short() -> None:
    before = now_ms()
    breaker.note_failure(endpoint="http://a:80", began=before, retry_after=100)
    breaker.note_failure(endpoint="http://a:80", began=now_ms())

    assert Endpoint.objects.get().rests_until >= before + 100_000


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0), (2, 0), (3, 1), (4, 2), (8, 32), (50, 60), (5000, 60)]
)
def test_nobody_rests_longer_than_a_minute(failures: int, seconds: float) -> None:
    assert breaker.rest_after(failures) == seconds
