"""Gathers lines in this process and has a thread write them in batches, so that nobody waits for one.

What is gathered is bounded, and lost if the process is killed: the lines of its last second, or of the time for
which the database was away.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from django.db import InterfaceError, OperationalError

from mattermost_hooks.log_lines import Seldom

MOST_LINES = 10_000
PAUSE_SECONDS = 1.0

logger = logging.getLogger(__name__)
_say_that_it_must_wait = Seldom(logger.warning)
_say_that_it_failed = Seldom(logger.exception)
_say_that_one_is_left_out = Seldom(logger.error)


class Owned(Protocol):
    """A line that is somebody's."""

    @property
    def hook_id(self) -> str:
        """Whose."""


Line = TypeVar("Line", bound=Owned)


class Notebook(Generic[Line]):
    """Lines, and the thread that gives them to `write`, oldest first, all that have come within a second.

    `write` gets the lines, and how many of whose were left out since it last succeeded. What it cannot do
    because the database is away is done later; whatever else it raises costs the lines: they are left out.
    """

    def __init__(self, write: Callable[[Sequence[Line], Mapping[str, int]], None]) -> None:
        self._write = write
        self._lines: deque[Line] = deque()
        self._left_out: Counter[str] = Counter()
        self._changing, self._writing, self._starting = (threading.Lock() for _ in range(3))
        self._has_lines, self._is_ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, line: Line) -> None:
        """Have it written soon. Takes microseconds and never raises; beyond MOST_LINES it is only counted."""
        with self._changing:
            if len(self._lines) < MOST_LINES:
                self._lines.append(line)
            else:
                self._leave_out(line.hook_id)
        if not self._has_lines.is_set():
            self._has_lines.set()
            self._ensure_thread()

    def write_down(self) -> bool:
        """Write what there is, now, in this thread; False if there is something to be written later."""
        with self._writing:
            with self._changing:
                self._has_lines.clear()
                lines, self._lines = self._lines, deque()
                left_out, self._left_out = self._left_out, Counter()
            if not lines and not left_out:
                return True
            try:
                self._write(lines, left_out)
            except (OperationalError, InterfaceError) as problem:
                self._take_back(lines, left_out)
                _say_that_it_must_wait("Lines about calls wait to be written: %s", problem)
            except Exception:  # whatever it is, the next lines must find this thread alive
                _say_that_it_failed("Lines about calls that could not be written: %d", len(lines))
                self._leave_out_all(left_out + Counter(line.hook_id for line in lines))
            else:
                return True
            return False

    def close(self) -> None:
        """Write the rest and end the thread: the process is about to stop."""
        self._is_ending.set()
        self._has_lines.set()
        if self._thread is not None:
            self._thread.join(PAUSE_SECONDS)
        if not self.write_down():
            logger.error("Lines about calls that are lost with this process: %d", len(self._lines))

    def _ensure_thread(self) -> None:
        # Started by the first line and not with the module: a thread does not survive a fork.
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                return
            thread = threading.Thread(target=self._run, name="notebook", daemon=True)
            try:
                thread.start()
            except RuntimeError as problem:  # no room for a thread; the next line tries again
                self._has_lines.clear()
                _say_that_it_must_wait("Lines about calls wait to be written: %s", problem)
            else:
                self._thread = thread

    def _run(self) -> None:
        while not self._is_ending.is_set():
            self._has_lines.wait()
            self._is_ending.wait(PAUSE_SECONDS)
            if not self.write_down():
                self._has_lines.set()

    def _take_back(self, lines: deque[Line], left_out: Counter[str]) -> None:
        with self._changing:
            while lines and len(self._lines) < MOST_LINES:
                self._lines.appendleft(lines.pop())
        self._leave_out_all(left_out + Counter(line.hook_id for line in lines))

    def _leave_out_all(self, counts: Mapping[str, int]) -> None:
        with self._changing:
            for hook_id, count in counts.items():
                self._leave_out(hook_id, count)

    def _leave_out(self, hook_id: str, count: int = 1) -> None:
        if hook_id in self._left_out or len(self._left_out) < MOST_LINES:
            self._left_out[hook_id] += count
        else:
            _say_that_one_is_left_out("A line about a call is lost: too many wait to be written")
