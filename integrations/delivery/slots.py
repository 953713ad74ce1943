"""How many calls a worker makes at the same time, so that slow and dead receivers keep nobody waiting.

A receiver is quick, slow, failing or new, by what came of its last call. Calls to quick receivers have a budget
of their own, first calls to new ones have one, and slow and failing receivers share a third. A call that lasts
leaves the budget that it began in: however many receivers hang, those that answer at once keep theirs, and
new ones are tried. Who failed gets a single call, and twice as many with each that ends well.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

SLOW_SECONDS = 1.0
MOST_OF_A_RECEIVER = {"quick": 8, "new": 1, "slow": 4, "failing": 1}
MOST_NEW, MOST_OTHERS = 32, 96
# Under way at once; only those to quick receivers may come on top of them.
MOST_CALLS = 512
# Beyond so many receivers, those that have nothing under way are forgotten and are new again.
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class Answer:
    """What a call says of its receiver: did it answer as a server does that is well, and after how long?

    Only the receiver's own time counts: what we do before and after a call must not make it a slow one.
    """

    is_well: bool
    seconds: float


@dataclass
class Receiver:
    """What is known of a receiver."""

    standing: str = "new"
    # How many calls it may get since it failed.
    allowed: int = MOST_OF_A_RECEIVER["quick"]


@dataclass(eq=False)
class Call:
    """A call that is under way."""

    endpoint: str
    began: float


@dataclass
class Slots:
    """The calls that one process makes at this moment; `quick` is the budget of quick receivers."""

    quick: int
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _calls: set[Call] = field(default_factory=set)
    _receivers: dict[str, Receiver] = field(default_factory=dict)

    def begin(self, endpoint: str) -> Call | None:
        """A call that may begin now; None if the receiver, or the budget it calls from, has no room."""
        with self._lock:
            own = sum(call.endpoint == endpoint for call in self._calls)
            if not self._room(endpoint, own=own, used=self._used()):
                return None
            call = Call(endpoint, self.clock())
            self._calls.add(call)
            return call

    def end(self, call: Call, answer: Answer | None) -> None:
        """Note that a call has ended, and what it says of its receiver; None for nothing: we failed."""
        with self._lock:
            self._calls.discard(call)
            if answer is not None:
                self._judge(self._receivers.setdefault(call.endpoint, Receiver()), answer)
                self._forget_some()

    def room(self) -> Callable[[str], int]:
        """How many more calls may begin to a receiver, as things stand now."""
        with self._lock:
            own = Counter(call.endpoint for call in self._calls)
            used = self._used()
        return lambda endpoint: self._room(endpoint, own=own[endpoint], used=used)

    def full(self) -> set[str]:
        """The receivers, of those that are called or are not quick, that no call may begin to now."""
        room = self.room()
        with self._lock:
            known = {call.endpoint for call in self._calls}
            known |= {name for name, one in self._receivers.items() if one.standing != "quick"}
        return {endpoint for endpoint in known if not room(endpoint)}

    def _judge(self, receiver: Receiver, answer: Answer) -> None:
        if answer.is_well:
            receiver.standing = "quick" if answer.seconds < SLOW_SECONDS else "slow"
            receiver.allowed = min(2 * receiver.allowed, MOST_OF_A_RECEIVER["quick"])
        else:
            receiver.standing, receiver.allowed = "failing", 1

    def _used(self) -> "Counter[str]":
        """How much of each budget is used."""
        now = self.clock()
        return Counter(self._budget_of(call, now) for call in self._calls)

    def _room(self, endpoint: str, *, own: int, used: "Counter[str]") -> int:
        receiver = self._receivers.get(endpoint) or Receiver()
        budget = receiver.standing if receiver.standing in ("quick", "new") else "others"
        left = {"quick": self.quick, "new": MOST_NEW, "others": MOST_OTHERS}[budget] - used[budget]
        if budget != "quick":
            left = min(left, MOST_CALLS - used.total())
        most = min(MOST_OF_A_RECEIVER[receiver.standing], receiver.allowed)
        return max(min(most - own, left), 0)

    def _budget_of(self, call: Call, now: float) -> str:
        """What a call takes room from; one that lasts is no quick one, whatever its receiver was."""
        receiver = self._receivers.get(call.endpoint) or Receiver()
        if now - call.began >= SLOW_SECONDS:
            return "others"
        return receiver.standing if receiver.standing in ("quick", "new") else "others"

    def _forget_some(self) -> None:
        if len(self._receivers) > MOST_REMEMBERED:
            busy = {call.endpoint for call in self._calls}
            self._receivers = {name: one for name, one in self._receivers.items() if name in busy}
