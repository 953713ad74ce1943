"""Tells the workers of new deliveries without ever making a post wait for the broker.

A thread of its own speaks with the broker, since a broker that hangs cannot be told from one that is
slow. What it could not pass on stays due in the database, where the sweep finds it.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable

from . import tasks

LONGEST_LINE = 1000

logger = logging.getLogger(__name__)


class Messenger:
    """A line of deliveries and the thread that passes them on, one by one, through `send`."""

    def __init__(self, send: Callable[[str], object]) -> None:
        self._send = send
        self._line: queue.Queue[str] = queue.Queue(LONGEST_LINE)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_in_trouble = False

    def tell(self, delivery_ids: Iterable[str]) -> None:
        """Put deliveries in line; returns at once. Beyond a line of 1 000 they are left to the sweep."""
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
            delivery_id = self._line.get()
            try:
                self._send(delivery_id)
                self._is_in_trouble = False
            except Exception as problem:  # whatever it is, the next one must find this thread alive
                self._note_trouble(str(problem))

    def _note_trouble(self, problem: str) -> None:
        if not self._is_in_trouble:
            logger.warning("The broker is not there (%s): deliveries wait for the sweep", problem)
        self._is_in_trouble = True


_messenger = Messenger(lambda delivery_id: tasks.deliver.delay(delivery_id=delivery_id))


def nudge(delivery_ids: Iterable[str]) -> None:
    """Ask the workers to try these deliveries now. Takes microseconds and never raises."""
    _messenger.tell(delivery_ids)
