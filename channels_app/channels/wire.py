"""How channels and their members look in the answers of REST API v4 (specification §1.4, §1.5)."""

from typing import Any, TypedDict

from channels_app.membership import permissions
from channels_app.membership.models import Channel, ChannelMember
from channels_app.unread import counters


class ChannelJson(TypedDict):
    """A channel; last_post_at in milliseconds."""

    id: str
    create_at: int
    update_at: int
    delete_at: int
    team_id: str
    type: str
    display_name: str
    name: str
    header: str
    purpose: str
    last_post_at: int
    total_msg_count: int
    total_msg_count_root: int
    extra_update_at: int
    creator_id: str
    scheme_id: None
    props: None
    group_constrained: None
    shared: None
    policy_id: None


def channel_json(channel: Channel) -> ChannelJson:
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


class ChannelMemberJson(TypedDict):
    """Who is in a channel, and how far they have read."""

    channel_id: str
    user_id: str
    roles: str
    last_viewed_at: int
    msg_count: int
    mention_count: int
    mention_count_root: int
    msg_count_root: int
    notify_props: dict[str, Any]
    last_update_at: int
    scheme_guest: bool
    scheme_user: bool
    scheme_admin: bool
    explicit_roles: str


def channel_member_json(member: ChannelMember) -> ChannelMemberJson:
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
