"""Takes what is due out of the database and calls receivers with it, in many threads.

One thread looks: at what it is told of new deliveries, and every second at all that is due. It claims
only what may be called now, and holds what it has claimed: leases are short and renewed until the call has
ended, so what a dead worker had in hand is soon somebody else's.
"""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from mattermost_hooks.log_lines import Seldom

from .slots import MOST_CALLS, Answer, Call, Slots

LOOK_SECONDS = 1.0
RENEW_SECONDS = 3.0
PAUSE_AFTER_FAILURE_SECONDS = 1.0
# Room that comes up within such a time is filled by one statement.
GATHER_SECONDS = 0.02
MOST_AT_ONCE = 64
MOST_HINTS = 10_000

logger = logging.getLogger(__name__)
_say_that_deliveries_wait = Seldom(logger.error)


class Claimed(Protocol):
    """A delivery that is this process's for now."""

    @property
    def endpoint(self) -> str:
        """Its receiver."""


Work = TypeVar("Work", bound=Claimed)


@dataclass(frozen=True)
class Outbox(Generic[Work]):
    """What the pump asks of the place where deliveries lie.

    `claim` takes those of these ids that are due, but none for these receivers; `claim_due` what is due at
    all, of each receiver as many as there is room for, and at most so many. `renew` prolongs claims; `release`
    gives back those that were not called for. `attempt` makes the call, and tells what it says of the
    receiver; None for nothing.
    """

    claim: Callable[[Sequence[str], Collection[str]], list[Work]]
    claim_due: Callable[[Callable[[str], int], int], list[Work]]
    renew: Callable[[Sequence[Work]], None]
    release: Callable[[Sequence[Work]], None]
    attempt: Callable[[Work], Answer | None]


class Pump(Generic[Work]):
    """The deliveries that one process has in hand."""

    def __init__(self, outbox: Outbox[Work], slots: Slots) -> None:
        self._outbox, self._slots = outbox, slots
        self._changed = threading.Condition()
        self._hints: deque[str] = deque(maxlen=MOST_HINTS)
        self._waiting: deque[Work] = deque()
        self._under_way: dict[Call, Work] = {}
        self._is_running = False
        self._stopping = threading.Event()
        self._look_at = self._renew_at = 0.0
        # Receivers that had no room when we last looked: what is due for them was left where it lies.
        self._crowded: set[str] = set()

    def hint(self, delivery_ids: Iterable[str]) -> None:
        """Tell of new deliveries. What is told beyond 10 000 at once is found without being told."""
        with self._changed:
            self._hints.extend(delivery_ids)
            self._changed.notify()

    @property
    def in_flight(self) -> int:
        """How many calls are under way."""
        return len(self._under_way)

    def stop(self) -> None:
        """Have run() return once the calls under way have ended."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()

    def run(self, *, beside: Callable[[threading.Event], None] = lambda stopping: None) -> None:
        """Deliver until stop(); returns at once where it runs already.

        `beside` is called first, in a thread of its own, and gets the event that stop() sets.
        """
        with self._changed:
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=beside, args=(self._stopping,), daemon=True).start()
        with ThreadPoolExecutor(2 * MOST_CALLS, "deliver") as threads:
            while not self._stopping.is_set():
                self._try(partial(self._turn, threads))
            self._try(self._release)
            while self._under_way:
                self._try(self._hold)

    def _try(self, step: Callable[[], None]) -> None:
        """Do a step; what keeps it from being done is waited out."""
        try:
            step()
        except Exception as problem:
            _say_that_deliveries_wait("Deliveries wait, none could be claimed: %s", problem)
            self._renew_at = 0.0
            self._stopping.wait(PAUSE_AFTER_FAILURE_SECONDS)

    def _release(self) -> None:
        """Leave to others what is claimed and not begun."""
        self._outbox.release([*self._waiting])
        self._waiting.clear()

    def _hold(self) -> None:
        """Keep what is under way until it ends, or for a while."""
        self._renew()
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, RENEW_SECONDS)

    def _renew(self) -> None:
        with self._changed:
            in_hand = [*self._under_way.values(), *self._waiting]
        self._outbox.renew(in_hand)

    def _turn(self, threads: ThreadPoolExecutor) -> None:
        now = time.monotonic()
        # First of all: what could not be renewed in time must not be claimed once more.
        if now >= self._renew_at:
            self._renew()
            self._renew_at = now + RENEW_SECONDS
        if hints := [self._hints.popleft() for _ in range(min(len(self._hints), MOST_AT_ONCE))]:
            self._waiting.extend(self._outbox.claim(hints, self._slots.full()))
        if now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._look()
        self._begin_calls(threads)
        with self._changed:
            if not self._hints and not self._stopping.is_set():
                self._changed.wait(max(self._look_at - time.monotonic(), 0.0))

    def _look(self) -> None:
        """Claim what is due and may be called now, and note for whom there was no room."""
        room, waiting = self._slots.room(), Counter(work.endpoint for work in self._waiting)
        crowded: set[str] = set()

        def left(endpoint: str) -> int:
            found = room(endpoint) - waiting[endpoint]
            if found <= 0:
                crowded.add(endpoint)
            return max(found, 0)

        most = max(MOST_AT_ONCE - len(self._waiting), 0)
        claimed = self._outbox.claim_due(left, most) if most else []
        # Of those that got all they had room for there may be more.
        crowded |= {work.endpoint for work in claimed}
        self._crowded = crowded
        self._waiting.extend(claimed)

    def _begin_calls(self, threads: ThreadPoolExecutor) -> None:
        room = self._slots.room()
        for _ in range(len(self._waiting)):
            work = self._waiting.popleft()
            call = self._slots.begin(work.endpoint) if room(work.endpoint) else None
            if call is None:
                self._waiting.append(work)
                continue
            with self._changed:
                self._under_way[call] = work
            threads.submit(partial(self._call, call, work))

    def _call(self, call: Call, work: Work) -> None:
        answer: Answer | None = None
        try:
            answer = self._outbox.attempt(work)
        except Exception:  # one broken delivery must not take along the others
            logger.exception("A delivery broke off; it falls due again after its lease")
        finally:
            self._slots.end(call, answer)
            with self._changed:
                del self._under_way[call]
                if call.endpoint in self._crowded:
                    self._look_soon()
                if self._waiting or self._stopping.is_set():
                    self._changed.notify()

    def _look_soon(self) -> None:
        """There is room for a receiver that had none; what is gathered for a moment is claimed together."""
        soon = time.monotonic() + GATHER_SECONDS
        if soon < self._look_at:
            self._look_at = soon
            self._changed.notify()
