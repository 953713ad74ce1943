"""The synchronous connections to Redis, and a rule: nobody waits for a Redis that is away.

It holds only what can be missed: which rows changed, and hints for open pages. After a failure all
callers of this process are refused at once for a second, so that a post never pays for it twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.conf import settings

Answer = TypeVar("Answer")

PAUSE_AFTER_FAILURE_SECONDS = 1.0

logger = logging.getLogger(__name__)
connection = redis.Redis.from_url(
    settings.REDIS_URL, socket_connect_timeout=0.5, socket_timeout=0.5, decode_responses=True
)

_ask_again_at = 0.0
_is_away = False


class Away(Exception):
    """Redis does not answer, or did not a moment ago."""


class _Line(threading.local):
    """The connection that a thread keeps to itself: without the pool a question costs half as much."""

    connection: Any = None
    opened_by: redis.Redis | None = None


_line = _Line()


def ask(command: Callable[["redis.Redis"], Answer]) -> Answer:
    """What Redis answers to a command, within half a second; Away if it does not."""
    if time.monotonic() < _ask_again_at:
        raise Away
    try:
        answer = command(connection)
    except redis.RedisError as error:
        _note_failure()
        raise Away from error
    _note_answer()
    return answer


def ask_in_line(*command: str) -> tuple[Any, bool]:
    """What Redis answers on the line of this thread, and whether the line is new.

    Whoever hears of a new line knows nothing of what happened before: Redis may have begun anew. Away
    like ask(); a line that broke is replaced once.
    """
    if time.monotonic() < _ask_again_at:
        raise Away
    try:
        answer, is_new = _exchange(command)
    except redis.RedisError as error:
        _line.connection = None
        _note_failure()
        raise Away from error
    _note_answer()
    return answer, is_new


def _exchange(command: tuple[str, ...]) -> tuple[Any, bool]:
    line = _line.connection
    if line is not None and _line.opened_by is connection:
        try:
            line.send_command(*command)
            return line.read_response(), False
        except redis.ConnectionError:
            line.disconnect()
    pool = connection.connection_pool
    line = pool.connection_class(**pool.connection_kwargs)
    line.send_command(*command)
    answer = line.read_response()
    _line.connection, _line.opened_by = line, connection
    return answer, True


def _note_failure() -> None:
    global _ask_again_at, _is_away
    if not _is_away:
        logger.warning("Redis does not answer: nothing is cached, open pages are not told of posts")
    _is_away = True
    _ask_again_at = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS


def _note_answer() -> None:
    global _is_away
    if _is_away:
        logger.warning("Redis answers again")
    _is_away = False
