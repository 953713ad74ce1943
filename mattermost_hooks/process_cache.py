"""What a process remembers of rows that change seldom: settings, hooks, channels, people.

Redis holds one random word, the generation. Whoever changes such a row writes a new word after the
commit; every request and every task reads it once and forgets everything when it differs. So a change
acts in all processes from their next request on, and a lookup that hits costs no SQL.

Without Redis nothing is remembered between requests: slower, never stale.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar, cast

import redis
from django.db import transaction

from . import redis_link
from .records import new_id

Loaded = TypeVar("Loaded")

GENERATION_KEY = "mattermost_hooks:generation"
LONGEST_MEMORY_SECONDS = 30.0  # a net under a generation word that could not be written
LARGEST_SIZE = 20_000

logger = logging.getLogger(__name__)

_remembered: dict[tuple[str, ...], object] = {}
_generation: str | None = None
_forget_at = 0.0
_nothing = object()


def refresh() -> None:
    """Forget everything if a process anywhere changed something; called once a request and a task."""
    global _generation, _forget_at
    try:
        generation: str | None = redis_link.ask(_read_generation)
    except redis_link.Away:
        generation = None
    now = time.monotonic()
    if generation is None or generation != _generation or now >= _forget_at:
        _remembered.clear()
        _generation = generation
        _forget_at = now + LONGEST_MEMORY_SECONDS


def remember(key: tuple[str, ...], load: Callable[[], Loaded]) -> Loaded:
    """The value under `key`, loaded once per generation. A loader that raises leaves nothing behind.

    All callers of the process share the value: none may change it.
    """
    generation = _generation
    found = _remembered.get(key, _nothing)  # one look-up: another thread may clear in between
    if found is not _nothing:
        return cast("Loaded", found)
    value = load()
    if generation == _generation and len(_remembered) < LARGEST_SIZE:
        _remembered[key] = value
    return value


def forget_everywhere() -> None:
    """Make every process forget, once the transaction at hand is committed."""
    transaction.on_commit(forget_now)


def forget_now() -> None:
    """Make every process forget at once; forget_everywhere is for code inside a transaction."""
    _remembered.clear()
    try:
        redis_link.ask(lambda redis: redis.set(GENERATION_KEY, new_id()))
    except redis_link.Away:
        logger.warning(
            "Without Redis other processes keep old values for up to %s s", LONGEST_MEMORY_SECONDS
        )


def _read_generation(connection: redis.Redis) -> str:
    return cast("str | None", connection.get(GENERATION_KEY)) or "first"
