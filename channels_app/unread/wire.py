"""How what is unread looks in the answers of REST API v4."""

from typing import Any

from channels_app.membership.models import ChannelMember

from . import counters


def unread_json(member: ChannelMember) -> dict[str, Any]:
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
