"""How what is unread looks in the answers of REST API v4."""

from typing import TypedDict

from channels_app.membership.models import ChannelMember

from . import counters


class UnreadJson(TypedDict):
    """What a member has not seen of a channel."""

    team_id: str
    channel_id: str
    msg_count: int
    mention_count: int
    mention_count_root: int
    msg_count_root: int


def unread_json(member: ChannelMember) -> UnreadJson:
    """What a member has not seen of a channel, as REST shows it."""
    unseen = counters.unread(member)
    return {
        "team_id": member.channel.team_id or "",
        "channel_id": member.channel_id,
        "msg_count": unseen.posts,
        "mention_count": unseen.mentions,
        "mention_count_root": unseen.mention_threads,
        "msg_count_root": unseen.threads,
    }
