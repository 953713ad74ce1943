"""Transactions that the database may undo for the sake of another one."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import OperationalError, connection, transaction

Result = TypeVar("Result")

# The other transaction goes first; without a pause both may meet at the same place again.
PAUSE_SECONDS = 0.02
SERIALISATION_FAILURE, DEADLOCK = "40001", "40P01"

logger = logging.getLogger(__name__)


def run(work: Callable[[], Result]) -> Result:
    """Do the work in a transaction, and once more from its start if the database undid it in a conflict.

    The work must not mind being done twice from the same beginning. Inside another transaction it is a
    part of that, on a savepoint of its own; what undoes the whole is for the outer one to repeat.
    """
    if connection.in_atomic_block:
        return _once(work)
    try:
        return _once(work)
    except OperationalError as error:
        if not is_conflict(error):
            raise
        logger.info("A transaction was undone in a conflict and is done again: %s", _state(error))
    time.sleep(PAUSE_SECONDS * (1 + random.random()))  # noqa: S311 - guards nothing
    return _once(work)


@contextmanager
def unawaited() -> Iterator[None]:
    """A transaction that is not waited for until the disk has it: a crash of the database may undo all of it.

    Inside another transaction it is a part of that, and waited for like that.
    """
    is_own = connection.vendor == "postgresql" and not connection.in_atomic_block
    with transaction.atomic():
        if is_own:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit TO off")
        yield


def is_conflict(error: Exception) -> bool:
    """Did the database undo a transaction because another one stood in its way?"""
    return _state(error) in (SERIALISATION_FAILURE, DEADLOCK)


def _once(work: Callable[[], Result]) -> Result:
    with transaction.atomic():
        return work()


def _state(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
