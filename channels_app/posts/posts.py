"""Posts: submitted by people and bots, created, listed, deleted (specification §1.6, §7.2)."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Subquery

from accounts.people.models import User
from channels_app.events import hints
from channels_app.membership import permissions
from channels_app.membership.models import Channel
from channels_app.text import hashtags
from mattermost_hooks import errors, statements, transactions
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal
from mattermost_hooks.records import now_ms
from mattermost_hooks.statements import Statement

from . import after_effects, attachments, channel_mentions
from .models import Origin, Post

SLACK_ATTACHMENT = "slack_attachment"
CUSTOM_PREFIX = "custom_"
LONGEST_TYPE = 26
# Characters of the props as JSON: all of them, and what a caller may give (specification §1.6).
LONGEST_PROPS = 8000
LONGEST_CALLER_PROPS = 7600
LONGEST_PENDING_ID = 128
LARGEST_OFFSET = 1_000_000
MOST_CHANGED = 1_000

no_such_post = Refusal(
    "app.post.get.app_error",
    "Unable to get the post.",
    status=404,
    field="post_id",
    words="There is no such post, or none that you may read.",
)
bad_root = Refusal("api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
root_elsewhere = Refusal(
    "api.post.create_post.channel_root_id.app_error", "Invalid ChannelId for RootId parameter."
)
archived = Refusal(
    "api.post.create_post.can_not_post_to_deleted.error", "Can not post to deleted channel."
)
bad_message = Refusal("model.post.is_valid.msg.app_error", "Invalid message.")
bad_props = Refusal("model.post.is_valid.props.app_error", "Invalid props.")
# Whatever submit() refuses with, but for permissions.
OF_A_NEW_POST = (
    errors.invalid_parameter,
    bad_root,
    root_elsewhere,
    archived,
    bad_message,
    bad_props,
)

# What people may not say of their posts, and what nobody may: it is worked out from the message.
_SERVER_PROPS = frozenset({"from_webhook", "from_bot", "from_plugin", "from_oauth_app"})
_COMPUTED_PROPS = frozenset({"add_channel_member", "channel_mentions"})


def submit(
    *,
    actor: User,
    channel: Channel,
    message: str,
    root_id: str = "",
    type: str = "",
    props: Mapping[str, Any] | None = None,
    pending_post_id: str = "",
) -> Post:
    """A post of a person or a bot, checked as Mattermost checks it; it may fire outgoing webhooks.

    The same `pending_post_id` again answers the first post. 403 without permission; 400 for an archived
    channel, a bad root, a type or text that is not allowed.
    """
    _require_create(actor, channel)
    if pending_post_id and (first := _pending(actor, pending_post_id)):
        return first
    check_type(type)
    kept = {key: value for key, value in (props or {}).items() if key not in _SERVER_PROPS}
    kept = attachments.for_storage(kept)
    _check(channel, message, kept, pending_post_id)
    root = find_root(root_id, channel) if root_id else None
    try:
        return create(
            user=actor,
            channel=channel,
            message=message,
            type=type,
            props=kept,
            root=root,
            pending_post_id=pending_post_id,
            origin=Origin.PERSON,
        )
    except IntegrityError:
        if pending_post_id and (first := _pending(actor, pending_post_id)):
            return first
        raise


def create(
    *,
    user: User,
    channel: Channel,
    message: str,
    origin: Origin,
    type: str = "",
    props: Mapping[str, Any] | None = None,
    root: Post | None = None,
    priority: str = "",
    pending_post_id: str = "",
) -> Post:
    """The only birth of a post. Checks nothing, for callers that have decided already, but that the root of
    a reply is still there: 400 if it was deleted since.

    What it brings about is told in after_effects.
    """
    post = Post(
        user=user,
        channel=channel,
        message=message,
        origin=origin,
        type=type,
        props=_stored_props(user, channel, message, props or {}),
        root=root,
        priority=priority,
        pending_post_id=pending_post_id,
        hashtags=hashtags.of(message, shortest=get_config().ServiceSettings.MinimumHashtagLength),
    )
    post.update_at = post.create_at
    rows = after_effects.rows_owed(post)
    together = list(statements.inserts([post, *rows]))
    if root is None:
        statements.run(together)
    else:
        transactions.run(partial(_store_reply, root, post, together))
    after_effects.follow(post, rows)
    return post


def find(post_id: str) -> Post:
    """The live post with this id; 404 if there is none."""
    post = Post.objects.select_related("channel__team", "user").filter(id=post_id, delete_at=0)
    if (found := post.first()) is None:
        raise no_such_post()
    return found


def find_in(channel: Channel, post_id: str) -> Post | None:
    """The post of this channel with this id, deleted ones included; None if it has no such post."""
    return Post.objects.filter(channel=channel, id=post_id).first()


def find_root(root_id: str, channel: Channel) -> Post:
    """The first post of a thread of this channel; 400 if the id is none of those."""
    root = Post.objects.filter(id=root_id, delete_at=0).first()
    if root is None or root.root_id is not None:
        raise bad_root()
    if root.channel_id != channel.id:
        raise root_elsewhere()
    return root


def latest(channel: Channel, *, offset: int = 0, limit: int = 60) -> list[Post]:
    """Live posts of a channel, newest first; 400 beyond the first million, which `before` reaches."""
    if offset > LARGEST_OFFSET:
        raise errors.invalid_parameter(
            "page",
            detail=f"page reaches beyond {LARGEST_OFFSET} posts: go on with before={{post id}}",
        )
    live_ones = _newest_first(channel).filter(delete_at=0)
    if not offset:
        return list(live_ones[:limit])
    # What is skipped is skipped in the index, without reading the posts.
    ids = live_ones.values("id")[offset : offset + limit]
    return list(_newest_first(channel).filter(id__in=Subquery(ids)))


def before(channel: Channel, post_id: str, *, limit: int = 60) -> list[Post]:
    """Live posts of a channel older than that one, newest first; none if the channel has no such post."""
    pivot = find_in(channel, post_id)
    if pivot is None:
        return []
    older = Q(create_at__lt=pivot.create_at) | Q(create_at=pivot.create_at, id__lt=pivot.id)
    # The bound says the same to the index, which makes nothing of an "or".
    found = _newest_first(channel).filter(older, create_at__lte=pivot.create_at, delete_at=0)
    return list(found[:limit])


def after(channel: Channel, post_id: str, *, limit: int = 60) -> list[Post]:
    """The live posts of a channel that followed that one, newest first; none if it has no such post."""
    pivot = find_in(channel, post_id)
    if pivot is None:
        return []
    newer = Q(create_at__gt=pivot.create_at) | Q(create_at=pivot.create_at, id__gt=pivot.id)
    bound = {"create_at__gte": pivot.create_at, "delete_at": 0}
    following = _newest_first(channel).filter(newer, **bound).reverse()
    return list(following[:limit])[::-1]


def changed_since(channel: Channel, since: int) -> list[Post]:
    """Posts of a channel made, changed or deleted strictly after that time (ms), newest first.

    At most 1 000, those changed last.
    """
    changed = Post.objects.filter(channel=channel, update_at__gt=since).order_by("-update_at")
    return sorted(changed[:MOST_CHANGED], key=lambda post: (post.create_at, post.id), reverse=True)


def roots_of(posts: Collection[Post]) -> list[Post]:
    """The first posts of the threads of these replies."""
    known = {post.id: post for post in posts}
    wanted = {post.root_id for post in posts if post.root_id}
    missing = wanted - known.keys()
    fetched = Post.objects.filter(id__in=missing) if missing else ()
    return [*fetched, *(known[root_id] for root_id in wanted if root_id in known)]


def reply_counts(root_ids: Collection[str]) -> dict[str, int]:
    """Root id → number of live replies, for threads that have any."""
    rows = Post.objects.filter(root__in=set(root_ids), delete_at=0).values_list("root_id")
    return dict(rows.annotate(Count("id")))


def read(*, actor: User, post_id: str) -> Post:
    """The post, for those who may read its channel; else 403."""
    post = find(post_id)
    permissions.require(actor, "read_channel", channel=post.channel)
    return post


def delete(*, actor: User, post_id: str) -> None:
    """Delete a post, and with a thread's first post its replies.

    One's own, or with the permission; 403 also for what does not exist.
    """
    post = Post.objects.select_related("channel").filter(id=post_id, delete_at=0).first()
    if post is None:
        raise errors.not_permitted()
    permission = "delete_post" if post.user_id == actor.id else "delete_others_posts"
    permissions.require(actor, permission, channel=post.channel)
    now = now_ms()
    with transaction.atomic():
        # The first post first: a reply on its way waits for it or, if it was quicker, is seen by then.
        for part in (Post.objects.filter(id=post.id), Post.objects.filter(root=post)):
            part.filter(delete_at=0).update(delete_at=now, update_at=now)
        hints.announce_change(post.channel_id)


def check_type(type: str) -> None:
    """Refuse types that only the server may give, and types that do not exist."""
    known = type in ("", SLACK_ATTACHMENT, "me") or type.startswith(CUSTOM_PREFIX)
    if not known or len(type) > LONGEST_TYPE:
        raise errors.invalid_parameter(
            "post.type",
            detail=f"type must be empty or {CUSTOM_PREFIX}… of at most {LONGEST_TYPE} characters",
        )


def props_length(props: Mapping[str, Any]) -> int:
    """Characters of the props as JSON, the measure of their limits."""
    return len(json.dumps(props, ensure_ascii=False, separators=(",", ":")))


def _store_reply(root: Post, reply: Post, together: Sequence[Statement]) -> None:
    if not _touch(root, at=reply.create_at):
        raise bad_root()
    statements.run(together)


def _stored_props(
    user: User, channel: Channel, message: str, props: Mapping[str, Any]
) -> dict[str, Any]:
    stored = {key: value for key, value in props.items() if key not in _COMPUTED_PROPS}
    if mentioned := channel_mentions.of(message, channel):
        stored["channel_mentions"] = mentioned
    if user.is_bot:
        stored["from_bot"] = "true"
    return stored


def _touch(root: Post, *, at: int) -> bool:
    """Note a reply on the first post of its thread, which locks it; False if it has been deleted."""
    return bool(Post.objects.filter(id=root.id, delete_at=0).update(update_at=at))


def _require_create(actor: User, channel: Channel) -> None:
    if channel.is_open and permissions.may(actor, "create_post_public", channel=channel):
        return
    permissions.require(actor, "create_post", channel=channel)


def _pending(actor: User, pending_post_id: str) -> Post | None:
    return Post.objects.filter(user=actor, pending_post_id=pending_post_id).first()


def _check(channel: Channel, message: str, props: Mapping[str, Any], pending_post_id: str) -> None:
    if channel.delete_at:
        raise archived()
    longest = get_config().ServiceSettings.MaxPostSize
    if len(message) > longest:
        raise bad_message(
            detail=f"message is longer than {longest} characters",
            words=f"This was not sent: it has {len(message)} characters, and a message may have {longest}.",
        )
    if props_length(props) > LONGEST_PROPS:
        raise bad_props(detail=f"props are longer than {LONGEST_PROPS} characters of JSON")
    if len(pending_post_id) > LONGEST_PENDING_ID:
        raise errors.invalid_body("pending_post_id")


def _newest_first(channel: Channel) -> QuerySet[Post]:
    return Post.objects.filter(channel=channel).order_by("-create_at", "-id")
