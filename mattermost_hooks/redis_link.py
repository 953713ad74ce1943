"""The one synchronous connection to Redis, and a rule: nobody waits for a Redis that is away.

It holds only what can be missed: the generation of the caches and hints for open pages. After a failure
all callers of this process are refused at once for a second, so that a post never pays for it twice.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

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


def ask(command: Callable[["redis.Redis"], Answer]) -> Answer:
    """What Redis answers to a command, within half a second; Away if it does not."""
    global _ask_again_at, _is_away
    if time.monotonic() < _ask_again_at:
        raise Away
    try:
        answer = command(connection)
    except redis.RedisError as error:
        if not _is_away:
            logger.warning(
                "Redis does not answer: nothing is cached, open pages are not told of posts"
            )
        _is_away = True
        _ask_again_at = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        raise Away from error
    if _is_away:
        logger.warning("Redis answers again")
    _is_away = False
    return answer
