"""Does work grow no faster than its input? Judged by a ratio of processor times in one run."""

import gc
import time
from collections.abc import Callable

# Four times the input may take eight times as long: a machine that is busy does not fail a test by that,
# and the square of four is sixteen. What is done at once says nothing.
FACTOR, ALLOWED, TOO_SHORT_TO_TELL = 4, 8, 0.1
TRIES = 4


def is_linear(work: Callable[[str], object], unit: str, *, length: int) -> bool:
    """Is the work on `length` characters of repeated units in proportion to that on a quarter of them?"""
    for _ in range(TRIES):
        whole = _seconds(work, unit, length)
        if whole < TOO_SHORT_TO_TELL:
            return True
        if whole <= ALLOWED * _seconds(work, unit, length // FACTOR):
            return True
    return False


def _seconds(work: Callable[[str], object], unit: str, length: int) -> float:
    text = (unit * (length // len(unit) + 1))[:length]
    gc.disable()  # its rounds over all that the test process holds are not the work's
    try:
        began = time.process_time()
        work(text)
        return time.process_time() - began
    finally:
        gc.enable()
