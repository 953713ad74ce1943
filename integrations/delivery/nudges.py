"""Tells the workers of new deliveries without ever making a post wait for Redis or the broker.

A thread of its own speaks with them, since a broker that hangs cannot be told from one that is slow. What it
could not pass on stays due in the database, where it is found.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence

from mattermost_hooks import redis_link

from . import tasks, wake

LONGEST_LINE = 10_000
MOST_AT_ONCE = 500

logger = logging.getLogger(__name__)


class Messenger:
    """A line of deliveries and the thread that passes them on through `send`, all that stand there together."""

    def __init__(self, send: Callable[[Sequence[str]], object]) -> None:
        self._send = send
        self._line: queue.Queue[str] = queue.Queue(LONGEST_LINE)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_in_trouble = False

    def tell(self, delivery_ids: Iterable[str]) -> None:
        """Put deliveries in line; returns at once. Beyond 10 000 they are found without being told."""
        self._ensure_thread()
        for delivery_id in delivery_ids:
            try:
                self._line.put_nowait(delivery_id)
            except queue.Full:
                self._note_trouble("it takes messages too slowly")
                return

    def _ensure_thread(self) -> None:
        # Started by the first delivery and not with the module: a thread does not survive a fork.
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            together = [self._line.get()]
            while len(together) < MOST_AT_ONCE and not self._line.empty():
                together.append(self._line.get())
            try:
                self._send(together)
                self._is_in_trouble = False
            except Exception as problem:  # whatever it is, the next one must find this thread alive
                self._note_trouble(str(problem))

    def _note_trouble(self, problem: str) -> None:
        if not self._is_in_trouble:
            logger.warning(
                "The broker is not there (%s): workers find new deliveries by themselves", problem
            )
        self._is_in_trouble = True


def _pass_on(delivery_ids: Sequence[str]) -> None:
    try:
        is_heard = wake.tell(delivery_ids)
    except redis_link.Away:
        is_heard = False  # the broker may be another server
    if not is_heard:
        tasks.drain.delay()


_messenger = Messenger(_pass_on)


def nudge(delivery_ids: Iterable[str]) -> None:
    """Ask the workers to try these deliveries now. Takes microseconds and never raises."""
    _messenger.tell(delivery_ids)
