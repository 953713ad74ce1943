"""Telling open pages that something was posted, and who may be told.

What goes out is only a hint, the ids of a channel and a post: whoever gets it fetches what is new and so
sees what permissions allow. A hint that is lost does no harm, the next one or a reconnect makes up for it.
"""

import logging
import time
from functools import partial

import redis
from django.db import transaction

from accounts import sessions
from mattermost_hooks import process_cache

from . import permissions
from .models import Channel

REDIS_CHANNEL = "mattermost_hooks:posts"
PAUSE_AFTER_FAILURE_SECONDS = 1.0

logger = logging.getLogger(__name__)

_announce_again_at = 0.0


def announce(channel_id: str, post_id: str) -> None:
    """Tell everyone who looks at the channel of the post, once the transaction at hand is committed.

    Never fails and hardly ever waits: while Redis is away at most one try a second is made.
    """
    transaction.on_commit(partial(_publish, channel_id, post_id))


def may_listen(token: str, channel_id: str) -> bool:
    """May whoever this session token stands for hear of posts in this channel?"""
    session = sessions.session_of(token)
    if session is None:
        return False
    channel = Channel.objects.select_related("team").filter(id=channel_id).first()
    if channel is None:
        return False
    return permissions.may(session.user, "read_channel", channel=channel)


def _publish(channel_id: str, post_id: str) -> None:
    global _announce_again_at
    if time.monotonic() < _announce_again_at:
        return
    try:
        process_cache.connection.publish(REDIS_CHANNEL, f"{channel_id} {post_id}")
    except redis.RedisError:
        _announce_again_at = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
        logger.warning("Redis does not answer: open pages are not told of new posts until it does")
