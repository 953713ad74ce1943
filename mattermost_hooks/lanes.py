"""Threads for what blocks, in lanes: who comes by one never waits behind those in another."""

import asyncio
import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from .log_lines import Seldom

Returned = TypeVar("Returned")
Call = tuple["asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]

logger = logging.getLogger(__name__)
_say_that_one_was_refused = Seldom(logger.warning)


class Overloaded(Exception):
    """So many wait already that one more would wait too long."""


class Lane:
    """A fixed number of threads; up to `most_waiting` calls wait for one of them.

    What a call returned when nobody waits for it any more goes to `abandoned`, in a thread.
    """

    def __init__(
        self, name: str, *, threads: int, most_waiting: int, abandoned: Callable[[Any], None]
    ) -> None:
        self.name = name
        self._most_waiting = most_waiting
        self._abandoned = abandoned
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def admit(self, function: Callable[..., Returned], *args: Any) -> Returned:
        """The same as run() for what has only begun: Overloaded when too many wait already."""
        if self._calls.qsize() >= self._most_waiting:
            _say_that_one_was_refused(
                "Refused a request: %d wait for the %s threads", self._most_waiting, self.name
            )
            raise Overloaded
        return await self.run(function, *args)

    async def run(self, function: Callable[..., Returned], *args: Any) -> Returned:
        """What the function returns, called in one of the threads."""
        future: asyncio.Future[Returned] = asyncio.get_running_loop().create_future()
        self._calls.put((future, function, args))
        return await future

    def abandon(self, what: Any) -> None:
        """Hand something to `abandoned`, in one of the threads."""
        future = asyncio.get_running_loop().create_future()
        self._calls.put((future, self._abandoned, (what,)))

    def shut_down(self) -> None:
        """Wait for what is under way, and end the threads."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            future, function, args = call
            if future.cancelled():
                continue
            outcome, error = _outcome(function, args)
            try:
                future.get_loop().call_soon_threadsafe(self._settle, future, outcome, error)
            except RuntimeError:  # the loop has ended meanwhile
                self._abandoned(outcome)
            del call, future, args, outcome, error  # held until the next call otherwise

    def _settle(self, future: "asyncio.Future[Any]", outcome: Any, error: Exception | None) -> None:
        if future.cancelled():
            self.abandon(outcome)
        elif error is not None:
            future.set_exception(error)
        else:
            future.set_result(outcome)


def _outcome(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    try:
        return function(*args), None
    except StopIteration as error:
        return None, RuntimeError(f"StopIteration left a call: {error!r}")
    except Exception as error:
        return None, error
    except BaseException as error:  # SystemExit must not end a thread that others count on
        return None, RuntimeError(f"{type(error).__name__} left a call")
