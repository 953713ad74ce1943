"""What a process remembers of rows that change seldom: settings, sessions, people, channels, hooks.

Each value has a subject, such as ("user", id). Whoever changes a row writes the subject into a stream in
Redis after the commit. Every request and every task reads first, in one round trip, what was written since
this process last looked, and forgets just that. So a change acts in all processes from their next request
on, and a lookup that hits costs no SQL.

Without Redis nothing is remembered between requests: slower, never stale. Open event streams hear of
changed subjects through CHANGES_CHANNEL.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar, cast

import redis
from django.db import transaction

from . import redis_link
from .shared_rows import shared

Loaded = TypeVar("Loaded")
Key = tuple[str, ...]
Subject = tuple[str, ...]

STREAM = "mattermost_hooks:changes"
CHANGES_CHANNEL = "mattermost_hooks:changes"
# For what so many values rest on that nobody can name them all, such as the name of a team.
EVERYTHING: Subject = ("everything",)

# Who has more than this to catch up on forgets everything; the stream keeps at least twice as much.
MOST_CHANGES_READ = 1_000
LONGEST_STREAM = 2_000
LONGEST_MEMORY_SECONDS = 30.0  # a net under a change that could not be written
MOST_VALUES = 20_000

logger = logging.getLogger(__name__)

_remembered: dict[Key, object] = {}
_keys_by_subject: dict[str, set[Key]] = {}
_writing = threading.Lock()
_read_up_to = ""
_changes_seen = 0
_forget_at = 0.0
_nothing = object()


def refresh() -> None:
    """Forget what a process anywhere has changed; called once a request and a task."""
    global _read_up_to
    start = _read_up_to
    try:
        news, is_new_line = redis_link.ask_in_line(
            *("XRANGE", STREAM, f"({start or '0-0'}", "+", "COUNT", str(MOST_CHANGES_READ))
        )
        # A new line to Redis may lead to one that began anew and lacks what this process has not read.
        is_lost = not start or is_new_line or len(news) == MOST_CHANGES_READ
        end = _latest_change() if is_lost else ""
    except redis_link.Away:
        _forget_all()
        return
    if is_lost or time.monotonic() >= _forget_at:
        _forget_all()
    else:
        for change, (_, digests) in news:
            _forget(digests.split())
            end = change
    if end:
        _read_up_to = end


def remember(key: Key, load: Callable[[], Loaded], *, subject: Subject | None = None) -> Loaded:
    """The value under `key`, loaded once until its subject changes, which is the key unless told.

    A loader that raises leaves nothing behind. All callers of the process share the value: rows come as
    shared_rows makes them, so nobody can change them or load more through them.
    """
    found = _remembered.get(key, _nothing)  # one look-up: another thread may forget in between
    if found is not _nothing:
        return cast("Loaded", found)
    seen = _changes_seen
    value = shared(load())
    with _writing:
        if seen == _changes_seen:
            if len(_remembered) >= MOST_VALUES:
                _clear()
            _remembered[key] = value
            _keys_by_subject.setdefault(digest(subject or key), set()).add(key)
    return value


def remember_if_there(key: Key, load: Callable[[], Loaded | None]) -> Loaded | None:
    """Like remember(), but that there is nothing is not remembered: strangers may ask for much that is not."""

    def load_or_raise() -> Loaded:
        value = load()
        if value is None:
            raise LookupError
        return value

    try:
        return remember(key, load_or_raise)
    except LookupError:
        return None


def forget_everywhere(*subjects: Subject) -> None:
    """Make every process forget these subjects, once the transaction at hand is committed.

    This process forgets at once too, so that the rest of the transaction sees its own changes.
    """
    _forget([digest(subject) for subject in subjects])
    transaction.on_commit(partial(forget_now, *subjects))


def forget_now(*subjects: Subject) -> None:
    """Make every process forget these subjects at once; forget_everywhere is for code in a transaction."""
    digests = [digest(subject) for subject in subjects]
    _forget(digests)
    try:
        redis_link.ask(partial(_tell, " ".join(digests)))
    except redis_link.Away:
        logger.warning(
            "Without Redis other processes keep old values for up to %s s", LONGEST_MEMORY_SECONDS
        )


def digest(subject: Subject) -> str:
    """What stands for a subject outside of this process; subjects may hold secrets."""
    return blake2b("\0".join(subject).encode(), digest_size=9).hexdigest()


def _tell(digests: str, connection: redis.Redis) -> None:
    together = connection.pipeline(transaction=False)
    together.xadd(STREAM, {"subjects": digests}, maxlen=LONGEST_STREAM, approximate=True)
    together.publish(CHANGES_CHANNEL, digests)
    together.execute()


def _latest_change() -> str:
    latest: list[Any]
    latest, _ = redis_link.ask_in_line("XREVRANGE", STREAM, "+", "-", "COUNT", "1")
    return str(latest[0][0]) if latest else "0-0"


def _forget(digests: list[str]) -> None:
    global _changes_seen
    if _EVERYTHING in digests:
        _forget_all()
        return
    with _writing:
        _changes_seen += 1
        for one in digests:
            for key in _keys_by_subject.pop(one, ()):
                _remembered.pop(key, None)


def _forget_all() -> None:
    global _changes_seen, _forget_at
    with _writing:
        _changes_seen += 1
        _clear()
        _forget_at = time.monotonic() + LONGEST_MEMORY_SECONDS


def _clear() -> None:
    _remembered.clear()
    _keys_by_subject.clear()


_EVERYTHING = digest(EVERYTHING)
