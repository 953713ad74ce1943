"""What every stored thing has: a 26-letter id and clocks in whole milliseconds (specification §0)."""

import re
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db import models

# Mattermost's 32 letters (no l, v, 0, 2), here in ASCII order: an id made of them sorts as text
# the way its number sorts, which the order-preserving ids below rely on.
ALPHABET = "13456789abcdefghijkmnopqrstuwxyz"
ID_LENGTH = 26

# SQLite takes 32 766 parameters in a statement where it was built without other wishes.
LARGEST_BATCH = 10_000

Value = TypeVar("Value")

_ID = re.compile(r"[A-Za-z0-9]{26}\Z")
_clock = threading.Lock()
_last_tick = 0


def now_ms() -> int:
    """The time now, in milliseconds since the epoch (UTC)."""
    return time.time_ns() // 1_000_000


def new_id() -> str:
    """A fresh random id of 128 bits; also good as a secret."""
    return _letters(secrets.randbits(128))


def new_ordered_id() -> str:
    """A fresh id that sorts after every id this process made before, and about by time across processes.

    Laid out like a UUID version 7 with a sub-millisecond clock: 48 bits of milliseconds, 16 bits of the
    fraction, 64 random bits. For the tables that grow fast: inserts stay at one end of the index and a
    page can be cut by id alone.
    """
    global _last_tick
    with _clock:
        tick = max(_last_tick + 1, (time.time_ns() << 16) // 1_000_000)
        _last_tick = tick
    return _letters(tick << 64 | secrets.randbits(64))


def first_ordered_id(at: int) -> str:
    """The least of all ordered ids made at that time (ms): what sorts before it is older."""
    return _letters(at << 80)


def is_id(value: object) -> bool:
    """Has this the form of an id? Says nothing of whether anything bears it."""
    return isinstance(value, str) and bool(_ID.match(value))


def batches(values: Iterable[Value]) -> Iterator[list[Value]]:
    """The values in lists short enough to be the parameters of one statement."""
    left = iter(values)
    while batch := list(islice(left, LARGEST_BATCH)):
        yield batch


def _letters(number: int) -> str:
    number <<= 2  # 26 letters hold 130 bits
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


class IdField(models.CharField):  # type: ignore[type-arg] # generic for the type checker only
    """26 letters, compared byte by byte.

    Of this type on PostgreSQL an index is one index: Django gives every indexed text column a second one
    for LIKE, and the collation of a language is slow to compare.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": ID_LENGTH} | kwargs)

    def db_type(self, connection: Any) -> str:
        """The column's type; foreign keys to it take the same."""
        # PostgreSQL's own name of char: Django cuts the length off in places, and char alone holds one letter.
        return f"bpchar({self.max_length})"

    def db_parameters(self, connection: Any) -> Any:
        """The type with its collation, where the database has the one of bytes."""
        collation = "C" if connection.vendor == "postgresql" else None
        return super().db_parameters(connection) | {"collation": collation}


class Record(models.Model):
    """A row with an id and Mattermost's three clocks; `delete_at` other than 0 means deleted."""

    id = IdField(primary_key=True, default=new_id, editable=False)
    create_at = models.BigIntegerField(default=now_ms, editable=False)
    update_at = models.BigIntegerField(default=now_ms, editable=False)
    delete_at = models.BigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True
