"""Telling open pages that something was posted, and who may be told.

What goes out is only a hint, the ids of a channel and a post: whoever gets it fetches what is new and so
sees what permissions allow. A hint that is lost does no harm, the next one or a reconnect makes up for it.
"""

from contextlib import suppress
from functools import partial

from django.db import transaction

from accounts import sessions
from mattermost_hooks import redis_link

from . import permissions
from .models import Channel

REDIS_CHANNEL = "mattermost_hooks:posts"


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
    with suppress(redis_link.Away):
        redis_link.ask(lambda redis: redis.publish(REDIS_CHANNEL, f"{channel_id} {post_id}"))
