"""Hints of new deliveries, from whoever stores them to the workers: a list in Redis, of which nothing depends.

A worker that is at work listens to it and says so by a key that lapses; where nobody listens, Celery calls
a worker. What is lost with Redis is found in the database.
"""

import logging
import threading
from collections.abc import Callable, Sequence

import redis
from django.conf import settings

from mattermost_hooks import redis_link
from mattermost_hooks.log_lines import Seldom

HINTS, LISTENING = "mattermost_hooks:due", "mattermost_hooks:draining"
MOST_HINTS = 10_000
MOST_AT_ONCE = 64
LISTENING_SECONDS = 3
WAIT_SECONDS = 1

logger = logging.getLogger(__name__)
_say_that_redis_is_away = Seldom(logger.warning)


def tell(delivery_ids: Sequence[str]) -> bool:
    """Tell of new deliveries; does anybody listen? redis_link.Away if Redis cannot be told."""

    def command(connection: redis.Redis) -> bool:
        together = connection.pipeline(transaction=False)
        together.rpush(HINTS, *delivery_ids)
        together.ltrim(HINTS, -MOST_HINTS, -1)
        together.exists(LISTENING)
        return bool(together.execute()[-1])

    return redis_link.ask(command)


def listen(hint: Callable[[Sequence[str]], None], *, until: threading.Event) -> None:
    """Pass on what is told until the event is set, whatever becomes of Redis."""
    connection = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=WAIT_SECONDS + 4, decode_responses=True
    )
    while not until.is_set():
        try:
            connection.set(LISTENING, 1, ex=LISTENING_SECONDS)
            if first := connection.blpop([HINTS], timeout=WAIT_SECONDS):
                hint([str(first[1]), *map(str, connection.lpop(HINTS, MOST_AT_ONCE) or ())])
        except redis.RedisError as error:
            _say_that_redis_is_away("Deliveries are looked for once a second: %s", error)
            until.wait(redis_link.PAUSE_AFTER_FAILURE_SECONDS)
    connection.close()
