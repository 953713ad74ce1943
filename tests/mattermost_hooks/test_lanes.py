"""Lanes of threads: who waits for whom, and who is refused."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mattermost_hooks.lanes import Lane, Overloaded

abandoned: list[Any] = []


@pytest.fixture
def lane() -> Iterator[Lane]:
    """One thread; one may wait for it."""
    made = Lane("test", threads=1, most_waiting=1, abandoned=abandoned.append)
    yield made
    made.shut_down()


class Occupied:
    """The lane's only thread is at work until `go_on` is set."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.go_on = threading.Event()
        self._begun = threading.Event()

    async def __aenter__(self) -> "Occupied":
        self.task = asyncio.ensure_future(self.lane.run(self._work))
        await asyncio.to_thread(self._begun.wait, 5)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go_on.set()
        await asyncio.gather(self.task, return_exceptions=True)

    def _work(self) -> str:
        self._begun.set()
        self.go_on.wait(5)
        return "worked"


async def begin(call: Any) -> "asyncio.Future[Any]":
    """Start a call and let it come as far as it does without waiting."""
    task: asyncio.Future[Any] = asyncio.ensure_future(call)
    await asyncio.sleep(0)
    return task


def raise_error(error: BaseException) -> None:
    raise error


def test_beyond_its_queue_a_lane_refuses_and_says_so(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> str:
        async with Occupied(lane) as occupied:
            waiting = await begin(lane.admit(lambda: "waited"))
            with pytest.raises(Overloaded):
                await lane.admit(lambda: "refused")
            occupied.go_on.set()
            return str(await waiting)

    assert asyncio.run(story()) == "waited"
    assert "1 wait for the test threads" in caplog.text


def test_what_has_begun_is_never_refused(lane: Lane) -> None:
    async def story() -> list[int]:
        async with Occupied(lane) as occupied:
            calls = [await begin(lane.run(int, number)) for number in range(5)]
            occupied.go_on.set()
            return list(await asyncio.gather(*calls))

    assert asyncio.run(story()) == [0, 1, 2, 3, 4]


def test_a_full_lane_keeps_nobody_in_another_waiting(lane: Lane) -> None:
    other = Lane("other", threads=1, most_waiting=1, abandoned=abandoned.append)

    async def story() -> str:
        async with Occupied(lane):
            return await asyncio.wait_for(other.admit(lambda: "quick"), timeout=5)

    assert asyncio.run(story()) == "quick"
    other.shut_down()


def test_a_call_that_nobody_waits_for_is_not_made(lane: Lane) -> None:
    made: list[int] = []

    async def story() -> None:
        async with Occupied(lane):
            call = await begin(lane.run(made.append, 1))
            call.cancel()
        await lane.run(int)

    asyncio.run(story())
    assert made == []


def test_what_came_of_a_call_that_nobody_waits_for_any_more_is_handed_over(lane: Lane) -> None:
    async def story() -> None:
        async with Occupied(lane) as occupied:
            occupied.task.cancel()
        await lane.run(int)
        await lane.run(int)

    asyncio.run(story())
    assert abandoned[-1] == "worked"


@pytest.mark.parametrize("error", [LookupError("x"), StopIteration("x"), SystemExit(1)])
def test_an_error_reaches_the_caller_and_leaves_the_thread_at_work(
    lane: Lane, error: BaseException
) -> None:
    async def story() -> str:
        with pytest.raises((LookupError, RuntimeError)):
            await lane.run(raise_error, error)
        return await asyncio.wait_for(lane.run(lambda: "at work"), timeout=5)

    assert asyncio.run(story()) == "at work"


def test_a_thread_outlives_the_loop_that_asked_it(lane: Lane) -> None:
    occupied = Occupied(lane)

    async def story() -> None:
        await occupied.__aenter__()

    asyncio.run(story())
    occupied.go_on.set()

    async def another() -> str:
        return await asyncio.wait_for(lane.run(lambda: "at work"), timeout=5)

    assert asyncio.run(another()) == "at work"
