"""How channels and their members look in the answers of REST API v4 (specification §1.4, §1.5)."""

from typing import Any

from channels_app.membership import permissions
from channels_app.membership.models import Channel, ChannelMember
from channels_app.unread import counters


def channel_json(channel: Channel) -> dict[str, Any]:
    """A channel as REST shows it."""
    count = counters.of_channel(channel.id)
    return {
        "id": channel.id,
        "create_at": channel.create_at,
        "update_at": channel.update_at,
        "delete_at": channel.delete_at,
        "team_id": channel.team_id or "",
        "type": channel.type,
        "display_name": channel.display_name,
        "name": channel.name,
        "header": channel.header,
        "purpose": channel.purpose,
        "last_post_at": counters.last_post_at(channel.id),
        "total_msg_count": count.posts,
        "total_msg_count_root": count.threads,
        "extra_update_at": 0,
        "creator_id": channel.creator_id or "",
        "scheme_id": None,
        "props": None,
        "group_constrained": None,
        "shared": None,
        "policy_id": None,
    }


def channel_member_json(member: ChannelMember) -> dict[str, Any]:
    """A membership as REST shows it."""
    seen, unseen = counters.of_member(member), counters.unread(member)
    return {
        "channel_id": member.channel_id,
        "user_id": member.user_id,
        "roles": permissions.channel_roles(member),
        "last_viewed_at": counters.seen_up_to(member),
        "msg_count": seen.posts,
        "mention_count": unseen.mentions,
        "mention_count_root": unseen.mention_threads,
        "msg_count_root": seen.threads,
        "notify_props": member.notify_props,
        "last_update_at": member.last_update_at,
        "scheme_guest": False,
        "scheme_user": True,
        "scheme_admin": member.is_admin,
        "explicit_roles": "",
    }
