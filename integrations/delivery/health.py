"""How deliveries fare as a whole: what waits, for how long, who rests. For administrators and their alarms."""

import json
import os
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from django.db import connection
from django.db.models import F

from mattermost_hooks import redis_link
from mattermost_hooks.database_clock import Now, now_sql

from . import senders
from .models import PENDING, AttemptTally, Delivery, Endpoint

LATE_MS = 60_000
# So often the database is asked at most by each process, whoever wants to know.
ASK_AGAIN_SECONDS = 5.0
IN_FLIGHT = "deliver:in_flight"
FRESH_SECONDS = 10.0

_TABLE = Delivery._meta.db_table
_worker = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True)
class Health:
    """What waits, due or not; how long (ms) the longest of what is due and may be sent has done so; receivers
    that fail, and those of them that rest.
    """

    waiting: int
    oldest_due_ms: int
    failing: int
    resting: int

    @property
    def is_late(self) -> bool:
        """Is something due for more than a minute that nobody has taken?"""
        return self.oldest_due_ms > LATE_MS


class _Asked:
    """The last answer of the database, and when it was got."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.at = float("-inf")
        self.health = Health(0, 0, 0, 0)


_asked = _Asked()


def now() -> Health:
    """How deliveries fare, as of the last five seconds."""
    with _asked.lock:
        if time.monotonic() - _asked.at >= ASK_AGAIN_SECONDS:
            _asked.health, _asked.at = _ask(), time.monotonic()
        return _asked.health


def status() -> str:
    """OK, or LATE while something is due for more than a minute that nobody has taken."""
    return "LATE" if now().is_late else "OK"


def attempts_by_outcome() -> dict[str, int]:
    """How many attempts came to what, since the beginning."""
    return dict(AttemptTally.objects.values_list("outcome", "count"))


def add_attempts(counted: "Counter[str]") -> None:
    """Count attempts by what they came to."""
    for outcome, number in counted.items():
        if not AttemptTally.objects.filter(outcome=outcome).update(count=F("count") + number):
            AttemptTally.objects.get_or_create(outcome=outcome, defaults={"count": number})


def tell_in_flight(number: int) -> None:
    """Say how many calls this worker has under way; a hint, like all that stands in Redis."""
    told = json.dumps([number, time.time()])
    with suppress(redis_link.Away):
        redis_link.ask(lambda connection: connection.hset(IN_FLIGHT, _worker, told))


def in_flight() -> int:
    """How many calls all workers have under way that have said so lately. Away while Redis is."""
    texts = redis_link.ask(lambda connection: connection.hvals(IN_FLIGHT))
    told = [json.loads(text) for text in cast("list[str]", texts)]
    return sum(number for number, at in told if time.time() - at < FRESH_SECONDS)


def _ask() -> Health:
    clock = now_sql(connection.vendor)
    kinds = senders.kinds_on()
    places = ", ".join(["%s"] * len(kinds)) or "''"
    # What is new is due since it was written.
    since = "CASE WHEN due_at = 0 THEN create_at ELSE due_at END"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {clock} - MIN({since}) FROM {_TABLE} WHERE status = '{PENDING}'"  # noqa: S608 - our own names
            f" AND kind IN ({places}) AND due_at <= {clock} AND NOT EXISTS (SELECT 1 FROM"
            f" {Endpoint._meta.db_table} WHERE name = endpoint AND rests_until > {clock})",
            kinds,
        )
        (oldest,) = cursor.fetchone()
    return Health(
        waiting=Delivery.objects.filter(status=PENDING).count(),
        oldest_due_ms=max(oldest or 0, 0),
        failing=Endpoint.objects.count(),
        resting=Endpoint.objects.filter(rests_until__gt=Now()).count(),
    )
