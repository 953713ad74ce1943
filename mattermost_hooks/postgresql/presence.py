"""Does PostgreSQL answer? Nobody in a web process waits for one that is stopped, hangs or cannot be reached.

A statement that has heard nothing for half a second may be slow, or its server may be away: then a fresh
connection is tried. Only if that hears nothing either, and no other statement did, the database is away:
all statements of the process are refused, and one thread tries until it is back.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import psycopg

SILENCE_SECONDS = (
    0.5  # a statement may be as slow as it likes; after this we ask whether somebody is there
)
CONNECT_SECONDS = 1.0
PAUSE_SECONDS = 0.5

Value = TypeVar("Value")
# psycopg's protocol: what to wait for goes out, what has happened comes in, nothing when time has passed.
Steps = Generator[Any, Any, Value]

logger = logging.getLogger(__name__)


class Away(psycopg.OperationalError):
    """PostgreSQL does not answer, or did not a moment ago."""


class Presence:
    """What this process knows of one server. `knock` connects to it once; Away if nothing is heard in time."""

    def __init__(self, knock: Callable[[], None]) -> None:
        self._knock = knock
        self._heard_at = 0.0
        self._is_away = False
        self._asking = threading.Lock()

    def require(self) -> None:
        """Away while the server is known to be so; costs nothing."""
        if self._is_away:
            raise Away("PostgreSQL does not answer")

    def heard(self) -> None:
        """The server answered somebody just now."""
        self._heard_at = time.monotonic()

    def require_sign_of_life(self) -> None:
        """Away if the server does not answer anybody; takes up to CONNECT_SECONDS to find out."""
        with self._asking:  # one asks for all
            self.require()
            if self._was_just_heard():
                return
            try:
                self._knock()
            except Away:
                self._go_away()
                raise
            except psycopg.OperationalError:
                pass  # it refuses new connections, in words: that is an answer
            self.heard()

    def could_not_connect(self) -> None:
        """A new connection failed: that is the server's end unless it answers others."""
        with self._asking:
            if not self._is_away and not self._was_just_heard():
                self._go_away()

    def _was_just_heard(self) -> bool:
        return time.monotonic() - self._heard_at < SILENCE_SECONDS

    def _go_away(self) -> None:
        logger.error("PostgreSQL does not answer: what needs it is refused until it does")
        self._is_away = True
        threading.Thread(target=self._wait_for_return, name="database", daemon=True).start()

    def _wait_for_return(self) -> None:
        began = time.monotonic()
        while True:
            try:
                self._knock()
            except psycopg.Error:
                time.sleep(PAUSE_SECONDS)
            else:
                break
        self.heard()
        self._is_away = False
        logger.warning("PostgreSQL answers again after %.1f s", time.monotonic() - began)


class WatchedConnection(psycopg.Connection[Any]):
    """A connection of a web process: connects within CONNECT_SECONDS, and its statements notice silence."""

    presence: Presence | None = None

    @classmethod
    def _connect_gen(cls, *args: Any, **kwargs: Any) -> Any:
        def give_up() -> None:
            raise Away("PostgreSQL does not answer")

        steps = super()._connect_gen(*args, **kwargs)
        return _interrupted(steps, after=CONNECT_SECONDS, by=give_up)

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Wait for the server's answer to a statement; Away, and closed, when there will be none."""
        if self.presence is None:
            return super().wait(gen, *args, **kwargs)
        steps = _interrupted(gen, after=SILENCE_SECONDS, by=self.presence.require_sign_of_life)
        try:
            answer = super().wait(steps, *args, **kwargs)
        except Away:
            self.close()
            raise
        self.presence.heard()
        return answer


def _interrupted(steps: Steps[Value], *, after: float, by: Callable[[], None]) -> Steps[Value]:
    """The same steps; whenever so many seconds have passed without any, `by` is called and may raise."""
    heard_at = time.monotonic()
    try:
        wanted = next(steps)
        while True:
            happened = yield wanted
            if happened:
                heard_at = time.monotonic()
            elif time.monotonic() - heard_at >= after:
                by()
                heard_at = time.monotonic()
            wanted = steps.send(happened)
    except StopIteration as end:
        answer: Value = end.value
        return answer
