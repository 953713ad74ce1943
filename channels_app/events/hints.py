"""Telling open pages that something was posted, and who may be told.

What goes out is only a hint: the id of a channel and words, the ids of its new posts or CHANGED. Whoever gets
it fetches what is new and so sees what permissions allow. A hint that is lost does no harm, the next one or a
reconnect makes up for it.
"""

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

import redis
from django.db import transaction

from mattermost_hooks import redis_link

HINTS_CHANNEL = "mattermost_hooks:posts"
CHANGED = "changed"  # a post that pages show was changed or deleted
MISSED = "resume"  # something may have been missed
MOST_POSTS = 20
# People do not see it, and under load it makes one publication out of many.
PAUSE_SECONDS = 0.05

Words = tuple[str, ...]


def merged(words: Words, more: Iterable[str]) -> Words:
    """Two hints for a channel as one: each word once, of many posts the latest.

    A page that fetches what followed the last post it shows gets the others as well.
    """
    each_once = dict.fromkeys((*words, *more))
    notes = [word for word in each_once if word in (CHANGED, MISSED)]
    posts = [word for word in each_once if word not in (CHANGED, MISSED)]
    return (*notes, *posts[-MOST_POSTS:])


class HintPublisher:
    """Publishes hints in a thread of its own, so that no post waits for Redis.

    In a rush the hints for a channel go out as one.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Words] = {}
        self._has_hints = threading.Condition()
        self._thread: threading.Thread | None = None

    def publish(self, channel_id: str, word: str) -> None:
        """Pass on that a channel has a new post, by its id, or a CHANGED one; returns at once."""
        with self._has_hints:
            # Started by the first hint and not with the module: a thread does not survive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="live hints", daemon=True)
                self._thread.start()
            self._waiting[channel_id] = merged(self._waiting.get(channel_id, ()), [word])
            self._has_hints.notify()

    def _run(self) -> None:
        while True:
            with self._has_hints:
                self._has_hints.wait_for(lambda: self._waiting)
                hints, self._waiting = self._waiting, {}
            with suppress(redis_link.Away):
                redis_link.ask(partial(_publish, hints))
            time.sleep(PAUSE_SECONDS)


_publisher = HintPublisher()


def announce(channel_id: str, post_id: str) -> None:
    """Tell everyone who looks at the channel of the new post, once the transaction at hand is committed.

    Never fails and never waits.
    """
    transaction.on_commit(partial(_publisher.publish, channel_id, post_id))


def announce_change(channel_id: str) -> None:
    """Tell everyone who looks at the channel that posts of it were changed or deleted, like announce()."""
    transaction.on_commit(partial(_publisher.publish, channel_id, CHANGED))


def _publish(hints: dict[str, Words], connection: redis.Redis) -> None:
    together = connection.pipeline(transaction=False)
    for channel_id, words in hints.items():
        together.publish(HINTS_CHANNEL, " ".join((channel_id, *words)))
    together.execute()
