"""Keeps one slow receiver from taking all threads of a worker: a few calls at a time for each host.

What comes in excess is parked in memory, and its thread is free at once; the thread that ends a call
goes on with the next parked one. Parked deliveries stay due in the database, so a worker that dies
forgets nothing.
"""

import threading
from collections import defaultdict

MOST_CALLS_PER_HOST = 8
MOST_PARKED_PER_HOST = 1000


class Bulkhead:
    """The calls that one process makes at this moment, by host."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: defaultdict[str, int] = defaultdict(int)
        # A dict for its order: the same delivery is parked once, however often it is called for.
        self._parked: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def enter(self, host: str, delivery_id: str) -> bool:
        """May the caller call this host now? If not, the delivery is parked (beyond 1 000: left to the
        sweep). Every True is followed by leave() until that answers None.
        """
        with self._lock:
            parked = self._parked[host]
            if self._calls[host] < MOST_CALLS_PER_HOST:
                self._calls[host] += 1
                parked.pop(delivery_id, None)
                return True
            if len(parked) < MOST_PARKED_PER_HOST:
                parked[delivery_id] = None
            return False

    def leave(self, host: str, *, takes_next: bool) -> str | None:
        """End a call: the parked delivery that the caller goes on with, or None when its place is free."""
        with self._lock:
            parked = self._parked[host]
            if takes_next and parked:
                delivery_id = next(iter(parked))
                del parked[delivery_id]
                return delivery_id
            self._calls[host] -= 1
            if not self._calls[host] and not parked:
                del self._calls[host], self._parked[host]
            return None
