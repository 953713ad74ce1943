"""Deleting what is old in steps so small that nobody has to wait for one."""

import logging
from collections.abc import Callable

ROWS_IN_A_STEP = 500
MOST_STEPS = 100

logger = logging.getLogger(__name__)


def run(step: Callable[..., int], *, of: str) -> int:
    """Call `step(most=…)`, which deletes so many rows in a transaction of its own, until it finds no more.

    Returns how many it were, and logs it. After 100 steps the rest is left for the next run.
    """
    pruned = 0
    for _ in range(MOST_STEPS):
        found = step(most=ROWS_IN_A_STEP)
        pruned += found
        if found < ROWS_IN_A_STEP:
            break
    if pruned:
        logger.info("Deleted %d old %s", pruned, of)
    return pruned
