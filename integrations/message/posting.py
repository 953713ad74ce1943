"""From a message of an integration to posts: name and icon, props, splitting (specification §2.6–2.8)."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from accounts.people import users
from accounts.people.models import User
from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.attachments import Attachment, with_action_ids
from channels_app.posts.models import Origin, Post
from channels_app.text import emoji
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError

from .message import Message

DEFAULT_USERNAME = "webhook"
# Of one message: 4 MiB of text in posts of the usual size, and no more of shorter ones.
MOST_POSTS = 260

# What only the server says about a post; a caller's word for it is dropped.
RESERVED_PROPS = frozenset(
    {
        "attachments",
        "force_notification",
        "from_bot",
        "from_oauth_app",
        "from_plugin",
        "from_webhook",
        "override_icon_emoji",
        "override_icon_url",
        "override_username",
        "silent_notification",
        "webhook_display_name",
    }
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """How an integration presents itself: the hook's own title, name and picture, each may be blank."""

    display_name: str = ""
    username: str = ""
    icon_url: str = ""


@dataclass
class Part:
    """One of the posts that a message becomes."""

    text: str
    attachments: list[dict[str, Any]] = field(default_factory=list)


def post_message(
    *, user: User, channel: Channel, message: Message, sender: Sender, root: Post | None = None
) -> list[Post]:
    """Post a message as `user`: all of its parts or, on an error, none.

    Outgoing webhooks do not fire on these posts. 400 for a type that is not allowed, for props beyond the
    limit and for a message of too many posts.
    """
    message = _translated(message)
    post_type = posts.SLACK_ATTACHMENT if message.attachments else message.type
    posts.check_type(post_type)
    props = _props(message, sender)
    parts = split(message.text, with_action_ids(message.attachments), props)
    # One part is one statement, which the database does as a whole without being told.
    with transaction.atomic() if len(parts) > 1 else nullcontext():
        return [
            posts.create(
                user=user,
                channel=channel,
                message=part.text,
                type=post_type,
                props=props | ({"attachments": part.attachments} if part.attachments else {}),
                root=root,
                priority=message.priority,
                origin=Origin.WEBHOOK,
            )
            for part in parts
        ]


def split(text: str, attachments: Sequence[Attachment], props: Mapping[str, Any]) -> list[Part]:
    """Cut a message into posts within the limits on text and props (specification §2.8).

    The text is cut hard after every MaxPostSize characters; attachments follow the last piece and open
    further posts when its props are full. An attachment too large for a post of its own loses the end of
    its text. 400 for more than MOST_POSTS.
    """
    if posts.props_length(props) > posts.LONGEST_CALLER_PROPS:
        raise _props_too_long()
    size = get_config().ServiceSettings.MaxPostSize
    if len(text) > MOST_POSTS * size:
        raise _too_many_posts(f"text is longer than {MOST_POSTS * size} characters")
    parts = [Part(text[start : start + size]) for start in range(0, len(text), size)] or [Part("")]
    for attachment in attachments:
        _add_attachment(parts, attachment, props)
        if len(parts) > MOST_POSTS:
            raise _too_many_posts("text and attachments are too long together")
    return parts


def _translated(message: Message) -> Message:
    if not message.may_hold_slack_markup:
        return message
    user_ids = message.user_ids()
    usernames = users.usernames(user_ids) if user_ids else {}
    return message.to_markdown(username_of=usernames.get)


def _props(message: Message, sender: Sender) -> dict[str, Any]:
    settings = get_config().ServiceSettings
    props = {key: value for key, value in message.props.items() if key not in RESERVED_PROPS}
    props["from_webhook"] = "true"
    props["webhook_display_name"] = sender.display_name
    if settings.EnablePostUsernameOverride:
        props["override_username"] = message.username or sender.username or DEFAULT_USERNAME
    if settings.EnablePostIconOverride:
        props |= _icon_props(message, sender)
    return props


def _icon_props(message: Message, sender: Sender) -> dict[str, str]:
    props = {}
    if icon_url := message.icon_url or sender.icon_url:
        props["override_icon_url"] = icon_url
    if message.icon_emoji:
        props["override_icon_emoji"] = message.icon_emoji
        if picture := emoji.picture(message.icon_emoji):
            props["override_icon_url"] = picture
    return props


def _add_attachment(parts: list[Part], attachment: Attachment, props: Mapping[str, Any]) -> None:
    added = attachment.to_json()
    if _overflow(parts[-1], added, props) <= 0:
        parts[-1].attachments.append(added)
        return
    if parts[-1].attachments:
        parts.append(Part(""))
    overflow = _overflow(parts[-1], added, props)
    if overflow > 0:
        text = str(added["text"])
        if overflow > len(text):
            raise _props_too_long()
        added["text"] = text[: len(text) - overflow]
        logger.warning("An attachment lost the last %d characters of its text", overflow)
    parts[-1].attachments.append(added)


def _overflow(part: Part, added: dict[str, Any], props: Mapping[str, Any]) -> int:
    together = {**props, "attachments": [*part.attachments, added]}
    return posts.props_length(together) - posts.LONGEST_CALLER_PROPS


def _too_many_posts(detail: str) -> AppError:
    return AppError(
        "web.incoming_webhook.too_many_posts.app_error",
        f"A message may become {MOST_POSTS} posts at most.",
        detail=detail,
    )


def _props_too_long() -> AppError:
    return AppError(
        "web.incoming_webhook.split_props_length.app_error",
        f"Unable to split webhook props into {posts.LONGEST_CALLER_PROPS} character parts.",
        detail="props or an attachment are too long",
    )
