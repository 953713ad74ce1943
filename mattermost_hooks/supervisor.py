"""Keeps a few programs running: starts them, shows what they say, starts again those that end, stops all."""

import ctypes
import logging
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 30.0
MOST_QUICK_ENDS = 6
LOOK_EVERY_SECONDS = 0.2
STOP_WITHIN_SECONDS = 20.0

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """A program ends again and again; the text names it and its last exit code."""


class Program:
    """One program to keep running, and how that has gone so far."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: Path,
        is_vital: bool = True,
        unwanted: re.Pattern[str] | None = None,
    ) -> None:
        """One that is not `is_vital` takes no other with it; lines that match `unwanted` are not shown."""
        self.name = name
        self._is_vital = is_vital
        self._unwanted = unwanted
        self._command = command
        self._folder = folder
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._started_at = 0.0
        self._start_again_at = 0.0
        self._quick_ends = 0

    @property
    def is_running(self) -> bool:
        """Is it at work, as far as the system knows?"""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it in a process group of its own: Ctrl-C reaches only the supervisor."""
        self._process = subprocess.Popen(  # noqa: S603 - commands of the Procfile
            self._command,
            cwd=self._folder,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
        self._started_at = time.monotonic()
        shown = (self.name, self._process, self._unwanted)
        threading.Thread(target=_show, args=shown, daemon=True).start()

    def look_after(self) -> None:
        """Start it again if it has ended: at first at once, then after longer and longer pauses.

        After six ends in a row that each came within half a minute it is left alone; GivenUp if it is vital.
        """
        if self._process is None:
            if time.monotonic() >= self._start_again_at:
                self.start()
        elif (code := self._process.poll()) is not None:
            self._process = None
            self._plan_restart(_in_words(code))

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        self._send(signal.SIGTERM)

    def wait_until_stopped(self, *, deadline: float) -> None:
        """Return when it has ended; it is killed, its children with it, at `deadline` (monotonic seconds)."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            logger.warning("%s does not stop: it is killed", self.name)
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _plan_restart(self, ending: str) -> None:
        if time.monotonic() - self._started_at >= HEALTHY_AFTER_SECONDS:
            self._quick_ends = 0
        self._quick_ends += 1
        if self._quick_ends >= MOST_QUICK_ENDS:
            self._give_up(f"{self.name} {ending}, {self._quick_ends} times in a row")
            return
        pause = pause_after(self._quick_ends)
        self._start_again_at = time.monotonic() + pause
        logger.warning("%s %s: it is started again in %.0f s", self.name, ending, pause)

    def _give_up(self, reason: str) -> None:
        if self._is_vital:
            raise GivenUp(reason)
        self._start_again_at = math.inf
        logger.warning("%s: it is not started again, everything else goes on", reason)

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def keep_running(programs: Sequence[Program], *, until: threading.Event) -> None:
    """Look after the programs until the event is set; GivenUp when a vital one is hopeless."""
    while not until.wait(LOOK_EVERY_SECONDS):
        for program in programs:
            program.look_after()


def pause_after(quick_ends: int) -> float:
    """Seconds to wait before the next start: 1, 2, 4 … up to 30."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** (quick_ends - 1), LONGEST_PAUSE_SECONDS)


def stop(programs: Sequence[Program]) -> None:
    """Ask all to stop at the same time and wait until they have; at most 20 s, then they are killed."""
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for program in programs:
        program.ask_to_stop()
    for program in programs:
        program.wait_until_stopped(deadline=deadline)


def end_with_parent() -> None:
    """In the new process, before its program: get SIGTERM when the supervisor dies, even by SIGKILL (Linux)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _show(name: str, process: "subprocess.Popen[str]", unwanted: re.Pattern[str] | None) -> None:
    assert process.stdout is not None  # noqa: S101 - for mypy: asked for above
    for line in process.stdout:
        if unwanted and unwanted.search(line):
            continue
        sys.stdout.write(f"{name:<7}| {line}")
        sys.stdout.flush()


def _in_words(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
