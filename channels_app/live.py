"""Telling open pages that something was posted, and who may be told.

What goes out is only a hint, the ids of a channel and a post: whoever gets it fetches what is new and so
sees what permissions allow. A hint that is lost does no harm, the next one or a reconnect makes up for it.
"""

import threading
import time
from contextlib import suppress
from functools import partial

import redis
from django.db import transaction

from accounts import sessions
from mattermost_hooks import redis_link
from mattermost_hooks.records import is_id

from . import permissions
from .models import Channel

REDIS_CHANNEL = "mattermost_hooks:posts"
# People do not see it, and under load it makes one publication out of many.
PAUSE_SECONDS = 0.02


class Herald:
    """Passes hints on in a thread of its own, so that no post waits for Redis.

    In a rush the latest post of a channel stands for those before it.
    """

    def __init__(self) -> None:
        self._latest: dict[str, str] = {}
        self._has_news = threading.Condition()
        self._thread: threading.Thread | None = None

    def tell(self, channel_id: str, post_id: str) -> None:
        """Pass on that a channel has a new or changed post; returns at once."""
        with self._has_news:
            # Started by the first hint and not with the module: a thread does not survive a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="herald", daemon=True)
                self._thread.start()
            self._latest[channel_id] = post_id
            self._has_news.notify()

    def _run(self) -> None:
        while True:
            with self._has_news:
                self._has_news.wait_for(lambda: self._latest)
                hints, self._latest = self._latest, {}
            with suppress(redis_link.Away):
                redis_link.ask(partial(_publish, hints))
            time.sleep(PAUSE_SECONDS)


_herald = Herald()


def announce(channel_id: str, post_id: str) -> None:
    """Tell everyone who looks at the channel of the post, once the transaction at hand is committed.

    Never fails and never waits.
    """
    transaction.on_commit(partial(_herald.tell, channel_id, post_id))


def may_listen(token: str, channel_id: str) -> bool:
    """May whoever this session token stands for hear of posts in this channel?"""
    known = sessions.session_of(token)
    if known is None or not is_id(channel_id):
        return False
    channel = Channel.objects.select_related("team").filter(id=channel_id).first()
    if channel is None:
        return False
    return permissions.may(known[1], "read_channel", channel=channel)


def _publish(hints: dict[str, str], connection: redis.Redis) -> None:
    together = connection.pipeline(transaction=False)
    for channel_id, post_id in hints.items():
        together.publish(REDIS_CHANNEL, f"{channel_id} {post_id}")
    together.execute()
