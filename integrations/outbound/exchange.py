"""One call under way: how long and how much it may still take, and where it stands."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from . import failures
from .addresses import AllowList
from .reply import OutboundError, Phase, Timings

# All that one answer may send: chunk sizes too, and whatever a parser would read on.
LARGEST_TRAFFIC_BYTES = 2 * failures.LARGEST_BODY_BYTES


@dataclass(frozen=True)
class Rules:
    """The settings that a connection was opened under. Under others it is not used again.

    `proxy` is the URL of the proxy that leads outside, its name and password included; "" without one.
    """

    allowed: AllowList
    insecure: bool
    proxy: str = ""


class Exchange:
    """One call: its rules, its end on the monotonic clock, the bytes it may still receive, its phases."""

    def __init__(self, rules: Rules, *, deadline: float) -> None:
        self.rules = rules
        self.phase: Phase | None = None
        self.peer = "receiver"  # or proxy: who is connected to
        self.is_fresh = False  # it opened a connection
        self.has_ended = False
        self._deadline = deadline
        self._bytes_left = failures.LARGEST_HEAD_BYTES
        self._in_head = True
        self._since = 0.0
        self._spent: dict[Phase, float] = {}

    def enter(self, phase: Phase | None) -> None:
        """The part of the call under way ends, and this one begins."""
        now = monotonic()
        if self.phase:
            self._spent[self.phase] = self._spent.get(self.phase, 0.0) + now - self._since
        self.phase, self._since = phase, now

    def timings(self) -> Timings:
        """How long each part took; the one under way ends here."""
        self.enter(None)
        return Timings(**{phase: round(1000 * spent) for phase, spent in self._spent.items()})

    def seconds_left(self) -> float:
        """How long the call may still take; OutboundError if that is over."""
        left = self._deadline - monotonic()
        if left <= 0:
            raise self.timed_out()
        return left

    def timed_out(self) -> OutboundError:
        """The deadline passed in the part under way."""
        return failures.timed_out(self.phase or "first_byte", self.peer)

    @contextmanager
    def in_time(self, connection: socket.socket) -> Iterator[None]:
        """The next operation of this socket ends by the deadline, as an OutboundError if need be."""
        connection.settimeout(self.seconds_left())
        try:
            yield
        except TimeoutError:
            raise self.timed_out() from None

    def received(self, count: int) -> int:
        """So many bytes came, 0 at the end; OutboundError if that is more than may come."""
        if count and self.phase == "first_byte":
            self.enter("body")
        self.has_ended = count == 0
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise failures.head_too_large() if self._in_head else failures.too_large()
        return count

    def expect_body(self) -> None:
        """The headers are read, and what comes now is the body."""
        self._in_head = False
        self._bytes_left = LARGEST_TRAFFIC_BYTES

    def may_go_again(self) -> bool:
        """Did it fail before the first byte of an answer, on a connection kept from an earlier call?

        The receiver may have closed it for its age just as the request came.
        """
        return self.phase == "first_byte" and not self.is_fresh


class _Current(threading.local):
    exchange: Exchange


current = _Current()
