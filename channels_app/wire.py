"""How teams, channels, members and posts look in the answers of REST API v4 (specification §1)."""

from collections.abc import Iterable
from typing import Any

from accounts.people.models import User
from mattermost_hooks.console import site_path

from . import attachments, counters, permissions
from .models import Channel, ChannelMember, Post, Team, TeamMember


def team_json(team: Team, *, actor: User) -> dict[str, Any]:
    """A team as REST shows it; e-mail and invite id only to those who run it."""
    shows_all = permissions.may(actor, "manage_team", team=team)
    return {
        "id": team.id,
        "create_at": team.create_at,
        "update_at": team.update_at,
        "delete_at": team.delete_at,
        "display_name": team.display_name,
        "name": team.name,
        "description": team.description,
        "email": team.email if shows_all else "",
        "type": team.type,
        "company_name": team.company_name,
        "allowed_domains": team.allowed_domains,
        "invite_id": team.invite_id if shows_all else "",
        "allow_open_invite": team.allow_open_invite,
        "scheme_id": None,
        "group_constrained": None,
        "policy_id": None,
    }


def team_member_json(member: TeamMember) -> dict[str, Any]:
    """A membership as REST shows it."""
    return {
        "team_id": member.team_id,
        "user_id": member.user_id,
        "roles": permissions.team_roles(member),
        "delete_at": member.delete_at,
        "scheme_guest": False,
        "scheme_user": True,
        "scheme_admin": member.is_admin,
        "explicit_roles": "",
    }


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


def post_json(post: Post, *, reply_count: int = 0) -> dict[str, Any]:
    """A post as REST shows it. `root_id` and its old twin `parent_id` are empty for a first post.

    Of a deleted one it shows that it was there, and nothing of what it said.
    """
    is_there = not post.delete_at
    root_id = post.root_id or ""
    metadata: dict[str, Any] = {"priority": {"priority": post.priority}} if post.priority else {}
    shown = {
        "id": post.id,
        "create_at": post.create_at,
        "update_at": post.update_at,
        "edit_at": post.edit_at,
        "delete_at": post.delete_at,
        "is_pinned": post.is_pinned,
        "user_id": post.user_id,
        "channel_id": post.channel_id,
        "root_id": root_id,
        "parent_id": root_id,
        "original_id": "",
        "message": post.message if is_there else "",
        "type": post.type,
        "props": _with_whole_address(attachments.for_clients(post.props)) if is_there else {},
        "hashtags": post.hashtags if is_there else "",
        "pending_post_id": post.pending_post_id,
        "reply_count": reply_count,
        "last_reply_at": 0,
        "participants": None,
        "metadata": metadata,
    }
    return shown | ({"file_ids": post.file_ids} if post.file_ids and is_there else {})


def new_post_json(post: Post) -> dict[str, Any]:
    """A post as the answer to its making shows it: a reply with the number of replies in its thread."""
    replies = counters.of_threads([post.root_id]) if post.root_id else {}
    return post_json(post, reply_count=replies.get(post.root_id or "", 0))


def one_post_json(post: Post) -> dict[str, Any]:
    """A post as it is shown by itself, with the number of replies in its thread."""
    thread_id = post.root_id or post.id
    return post_json(post, reply_count=counters.of_threads([thread_id]).get(thread_id, 0))


def post_list_json(posts: Iterable[Post], roots: Iterable[Post] = ()) -> dict[str, Any]:
    """Posts newest first, as lists show them; `roots` are the threads' first posts that go along."""
    posts = list(posts)
    shown = {post.id: post for post in [*posts, *roots]}
    replies = counters.of_threads([post.root_id or post.id for post in shown.values()])
    return {
        "order": [post.id for post in posts],
        "posts": {
            post.id: post_json(post, reply_count=replies.get(post.root_id or post.id, 0))
            for post in shown.values()
        },
        "next_post_id": "",
        "prev_post_id": "",
    }


def _with_whole_address(props: dict[str, Any]) -> dict[str, Any]:
    # The pictures of emoji move with the server, so their stored addresses lack its path.
    icon_url = props.get("override_icon_url")
    if isinstance(icon_url, str) and icon_url.startswith("/emoji/"):
        props["override_icon_url"] = site_path.outer(icon_url, site_path.prefix())
    return props
