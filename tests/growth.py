"""Does work grow no faster than its input? Judged by a ratio of processor times in one run, or by counting."""

import gc
import os
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

# Twice the input may take 2.2 times as long, four times the input therefore 4.84 times; the square of four
# is sixteen. What is done at once says nothing: getting memory for it takes as long.
FACTOR, ALLOWED, TOO_SHORT_TO_TELL = 4, 2.2**2, 0.01
# The least time of several is the work alone: a machine that is busy only ever adds to it.
TRIES = 12
# More of everything that is generated: minutes instead of seconds.
THOROUGH = bool(os.environ.get("THOROUGH"))


def is_linear(work: Callable[[str], object], unit: str, *, length: int, before: str = "") -> bool:
    """Is the work on `length` characters of repeated units in proportion to that on a quarter of them?

    `before` stands once at the beginning of both.
    """
    whole, part = repeated(before, unit, length), repeated(before, unit, length // FACTOR)
    of_whole = of_part = float("inf")
    for _ in range(TRIES):
        of_whole = min(of_whole, _seconds(work, whole))
        if of_whole < TOO_SHORT_TO_TELL:
            return True
        of_part = min(of_part, _seconds(work, part))
        if of_whole <= ALLOWED * of_part:
            return True
    return False


def repeated(before: str, unit: str, length: int) -> str:
    """That many characters of repeated units behind what stands before them."""
    return before + (unit * (length // len(unit) + 1))[:length]


def _seconds(work: Callable[[str], object], text: str) -> float:
    gc.disable()  # its rounds over all that the test process holds are not the work's
    try:
        began = time.process_time()
        work(text)
        return time.process_time() - began
    finally:
        gc.enable()


def operations(work: Callable[[], object]) -> int:
    """How many operations of the interpreter the work takes: counted, so the same at every time and place."""
    counted = 0

    def count(frame: FrameType, event: str, _: object) -> Any:
        nonlocal counted
        frame.f_trace_opcodes = True
        counted += event == "opcode"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted
