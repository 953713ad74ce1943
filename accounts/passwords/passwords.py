"""Passwords turned into hashes and compared with them: one at a time, in a thread that yields to all others.

A hash costs a core 20 to 30 ms, and argon2 lets go of the interpreter meanwhile, so that other threads go
on beside it. Whoever finds the line full is told at once to come again.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth import hashers

from mattermost_hooks.errors import Refusal

# How many threads of a process wait for a password at most; more would only wait longer.
PLACES = 4
LONGEST_WAIT_SECONDS = 5.0
NICENESS = 10  # beside the other threads of the process, as far as the system goes

too_many = Refusal(
    "api.user.login.busy.app_error",
    "Too many people are signing in at the moment. Please try again.",
    status=429,
)

Result = TypeVar("Result")


class Argon2(hashers.Argon2PasswordHasher):
    """Argon2id at the first of OWASP's settings for servers: 19 MiB, two passes, one lane.

    Django's own 100 MiB in eight lanes would take a hundred megabytes and both cores of a small machine
    for each of many people who sign in at once. Hashes with other settings, PBKDF2's too, are still
    understood and replaced when their owner signs in.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


@dataclass(frozen=True)
class Verdict:
    """Is the password right? `renewed` is a hash to keep instead of an outdated one, or ""."""

    right: bool
    renewed: str = ""


def hashed(password: str) -> str:
    """What to keep of a new password. 429 while too many wait."""
    return _in_turn(lambda: hashers.make_password(password))


def verify(password: str, encoded: str) -> Verdict:
    """Compare a password with what was kept; "" for nobody's takes as long and is wrong. 429 as above."""

    def compare() -> Verdict:
        right, is_outdated = hashers.verify_password(password, encoded)
        return Verdict(right, hashers.make_password(password) if right and is_outdated else "")

    return _in_turn(compare)


def require_room() -> None:
    """Raise the 429 if the line is full: so that who floods it costs no look-up either."""
    if not _places.acquire(blocking=False):
        raise too_many(retry_after_seconds=1)
    _places.release()


def _yield_to_others() -> None:
    if sys.platform == "linux":  # elsewhere niceness belongs to the process
        with suppress(OSError):
            mine = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), mine + NICENESS)


_places = threading.BoundedSemaphore(PLACES)
_thread = ThreadPoolExecutor(1, thread_name_prefix="passwords", initializer=_yield_to_others)


def _in_turn(job: Callable[[], Result]) -> Result:
    if not _places.acquire(blocking=False):
        raise too_many(retry_after_seconds=1)
    try:
        future = _thread.submit(job)
        try:
            return future.result(timeout=LONGEST_WAIT_SECONDS)
        except TimeoutError:
            future.cancel()
            raise too_many(retry_after_seconds=1) from None
    finally:
        _places.release()
