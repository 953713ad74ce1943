"""Buckets of tokens, in Redis and without it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from mattermost_hooks import buckets, redis_link
from mattermost_hooks.buckets import SECOND, Rate, Taken
from tests.running import wait_for

MANY = Rate(per_second=1, burst=100)
FEW = Rate(per_second=1, burst=3)


@pytest.fixture(params=["Redis", "no Redis"])
def _store(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways of keeping buckets."""
    there = redis_link.connection
    there.delete(buckets.KEY)
    buckets._kept_here.clear()
    if request.param == "no Redis":
        monkeypatch.setattr(redis_link, "connection", redis.Redis.from_url("unix:///nowhere"))
    yield
    assert bool(there.exists(buckets.KEY)) is (request.param == "Redis")
    there.delete(buckets.KEY)
    buckets._kept_here.clear()


@pytest.fixture
def _an_hour_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token comes while a test runs, however slow the machine is."""
    monkeypatch.setattr(buckets, "SECOND", 3600 * buckets.SECOND)


def take(name: str = "ann", rate: Rate = FEW, most_kept: int = 100) -> Taken:
    """A token, or not."""
    return buckets.take(name, rate, most_kept=most_kept)


@pytest.mark.usefixtures("_store", "_an_hour_for_a_second")
def test_a_burst_is_served_and_what_follows_is_refused() -> None:
    taken = [take() for _ in range(6)]
    assert [one.was_there for one in taken] == [True] * 4 + [False] * 2
    assert [one.remaining for one in taken] == [3, 2, 1, 0, 0, 0]
    assert [one.next_in_seconds for one in taken] == [0, 0, 0, 1, 1, 1]
    assert 0 < taken[0].full_in_seconds <= 1
    assert taken[-1].full_in_seconds == 4


@pytest.mark.usefixtures("_store")
def test_a_refusal_costs_nothing_and_a_token_comes_back_with_time() -> None:
    quick = Rate(per_second=20, burst=1)
    while take(rate=quick).was_there:
        pass
    wait_for(lambda: take(rate=quick).was_there)


@pytest.mark.usefixtures("_store", "_an_hour_for_a_second")
def test_callers_do_not_take_from_each_other() -> None:
    while take("ann").was_there:
        pass
    assert take("bob").remaining == 3


@pytest.mark.usefixtures("_store", "_an_hour_for_a_second")
def test_who_called_least_is_forgotten_when_there_are_too_many() -> None:
    for _ in range(10):
        take("often", MANY, most_kept=3)
    for name in ("a", "b", "c", "d"):
        take(name, MANY, most_kept=3)
    assert take("often", MANY, most_kept=3).remaining == MANY.holds - 11


@pytest.mark.usefixtures("_store", "_an_hour_for_a_second")
def test_callers_at_once_get_no_more_than_the_bucket_holds() -> None:
    taken: list[Taken] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(take() for _ in range(5))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 40
    assert sum(one.was_there for one in taken) == FEW.holds


def test_full_buckets_need_no_room_in_redis() -> None:
    redis_link.connection.delete(buckets.KEY)
    quick = Rate(per_second=1000, burst=1000)
    take("first", quick)

    def only_the_second_is_kept() -> bool:
        take("second", quick)
        return redis_link.connection.zrange(buckets.KEY, 0, -1) == ["second"]

    wait_for(only_the_second_is_kept)
    wait_for(lambda: not redis_link.connection.exists(buckets.KEY))


def test_seconds_are_rounded_up() -> None:
    taken = Taken(Rate(per_second=10, burst=100), was_there=True, fills_in=SECOND // 10)
    assert (taken.remaining, taken.full_in_seconds, taken.next_in_seconds) == (100, 1, 0)
