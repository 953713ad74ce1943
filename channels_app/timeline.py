"""Posts as a page shows them: who speaks, with which avatar, at which hour of the reader's clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString

from mattermost_hooks.console.config import get_config

from . import pictures, posts, rendering
from .models import Channel, Post

HUES = 12
LONGEST_EXCERPT = 80

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Avatar:
    """The picture beside a name: an address, the sign of programs, or initials on a colour."""

    picture: str = ""
    is_program: bool = False
    initials: str = ""
    hue: int = 0


@dataclass(frozen=True)
class Line:
    """One post. `username` is empty for a name that must not lead to a person."""

    id: str
    name: str
    username: str
    avatar: Avatar
    is_bot: bool
    at: datetime
    opens_day: bool
    root_id: str
    root_excerpt: str
    priority: str
    is_system: bool
    body: SafeString


def lines(
    newest_first: Sequence[Post], *, channel: Channel, zone: tzinfo, follows: Post | None = None
) -> list[Line]:
    """Posts of a channel in the order they are read; `follows` is the one shown before them, if any."""
    prefetch_related_objects(newest_first, "user")
    bodies = rendering.bodies(newest_first, channel=channel)
    roots = {root.id: root for root in posts.roots_of(newest_first)}
    day = moment(follows.create_at, zone).date() if follows else None
    shown = []
    for post in reversed(newest_first):
        at = moment(post.create_at, zone)
        shown.append(
            Line(
                id=post.id,
                name=_name(post),
                username=_username(post),
                avatar=_avatar(post),
                is_bot=_is_from_webhook(post) or post.user.is_bot,
                at=at,
                opens_day=at.date() != day,
                root_id=post.root_id or "",
                root_excerpt=_excerpt(roots.get(post.root_id or "")),
                priority=post.priority,
                is_system=_is_of_the_server(post),
                body=bodies[post.id],
            )
        )
        day = at.date()
    return shown


def moment(clock_ms: int, zone: tzinfo) -> datetime:
    """A stored time on the reader's clock."""
    return datetime.fromtimestamp(clock_ms / 1000, UTC).astimezone(zone)


def _is_from_webhook(post: Post) -> bool:
    # Only the server sets this prop; the names and pictures beside it count only where it stands.
    return bool(post.props.get("from_webhook") == "true")


def _borrowed(post: Post, prop: str) -> str:
    value = post.props.get(prop) if _is_from_webhook(post) else None
    return value if isinstance(value, str) else ""


def _is_of_the_server(post: Post) -> bool:
    return post.type.startswith("system_")


def _name(post: Post) -> str:
    if _is_of_the_server(post):
        return "System"
    return _borrowed(post, "override_username") or post.user.display_name


def _username(post: Post) -> str:
    is_person = not (_is_from_webhook(post) or _is_of_the_server(post) or post.user.is_bot)
    return post.user.username if is_person else ""


def _avatar(post: Post) -> Avatar:
    if _is_of_the_server(post):
        return Avatar(is_program=True)
    icon_url = _borrowed(post, "override_icon_url")
    if picture := pictures.address(icon_url, own_host=pictures.own_host()):
        return Avatar(picture=picture)
    if _is_from_webhook(post) and get_config().ServiceSettings.EnablePostIconOverride:
        return Avatar(is_program=True)
    return _initials(post.user.display_name)


def _initials(name: str) -> Avatar:
    words = _WORD.findall(name) or ["?"]
    letters = words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]
    return Avatar(initials=letters.upper(), hue=sum(map(ord, name)) % HUES)


def _excerpt(root: Post | None) -> str:
    if root is None:
        return ""
    text = " ".join(root.message.split()) or "a message without text"
    return text if len(text) <= LONGEST_EXCERPT else f"{text[:LONGEST_EXCERPT]}…"
