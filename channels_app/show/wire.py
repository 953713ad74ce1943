"""How posts look in the answers of REST API v4 (specification §1.6)."""

from collections.abc import Iterable
from typing import Any, NotRequired, TypedDict

from channels_app.posts import attachments
from channels_app.posts.models import Post
from channels_app.posts.posts import reply_counts
from mattermost_hooks.console import site_path


class PostJson(TypedDict):
    """A post."""

    id: str
    create_at: int
    update_at: int
    edit_at: int
    delete_at: int
    is_pinned: bool
    user_id: str
    channel_id: str
    root_id: str
    parent_id: str
    original_id: str
    message: str
    type: str
    props: dict[str, Any]
    hashtags: str
    pending_post_id: str
    reply_count: int
    last_reply_at: int
    participants: None
    metadata: dict[str, Any]
    file_ids: NotRequired[list[str]]


def post_json(post: Post, *, reply_count: int = 0) -> PostJson:
    """A post as REST shows it. `root_id` and its old twin `parent_id` are empty for a first post.

    Of a deleted one it shows that it was there, and nothing of what it said.
    """
    is_there = not post.delete_at
    root_id = post.root_id or ""
    metadata: dict[str, Any] = {"priority": {"priority": post.priority}} if post.priority else {}
    shown: PostJson = {
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
    if post.file_ids and is_there:
        shown["file_ids"] = post.file_ids
    return shown


def new_post_json(post: Post) -> PostJson:
    """A post as the answer to its making shows it: a reply with the number of replies in its thread."""
    replies = reply_counts([post.root_id]) if post.root_id else {}
    return post_json(post, reply_count=replies.get(post.root_id or "", 0))


def one_post_json(post: Post) -> PostJson:
    """A post as it is shown by itself, with the number of replies in its thread."""
    thread_id = post.root_id or post.id
    return post_json(post, reply_count=reply_counts([thread_id]).get(thread_id, 0))


class PostListJson(TypedDict):
    """Posts by id, and their order, newest first."""

    order: list[str]
    posts: dict[str, PostJson]
    next_post_id: str
    prev_post_id: str


def post_list_json(posts: Iterable[Post], roots: Iterable[Post] = ()) -> PostListJson:
    """Posts newest first, as lists show them; `roots` are the threads' first posts that go along."""
    posts = list(posts)
    shown = {post.id: post for post in [*posts, *roots]}
    replies = reply_counts([post.root_id or post.id for post in shown.values()])
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
