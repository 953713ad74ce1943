"""Posts as a page shows them: who speaks, with which avatar, at which hour of the reader's clock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from django.db.models import prefetch_related_objects
from django.utils.safestring import SafeString

from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Post
from channels_app.text import pictures
from mattermost_hooks.console.config import get_config

from . import excerpts, rendering

HUES = 12

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Avatar:
    """The picture beside a name: an address, the sign of programs, or initials on a colour."""

    picture: str = ""
    is_program: bool = False
    initials: str = ""
    hue: int = 0


@dataclass(frozen=True)
class Thread:
    """What is replied to: the first post of a thread, who wrote it and its first words."""

    id: str
    name: str
    excerpt: str


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
    thread: Thread | None
    priority: str
    is_system: bool
    body: SafeString


def lines(
    newest_first: Sequence[Post], *, channel: Channel, zone: tzinfo, follows: Post | None = None
) -> list[Line]:
    """Posts of a channel in the order they are read; `follows` is the one shown before them, if any."""
    roots = posts.roots_of(newest_first)
    elsewhere = [root for root in roots if root not in newest_first]
    prefetch_related_objects([*newest_first, *elsewhere], "user")
    # What is not on the page itself comes last: a page does only so much.
    bodies = rendering.bodies([*newest_first, *elsewhere], channel=channel)
    threads = {root.id: _as_thread(root, bodies[root.id]) for root in roots}
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
                thread=threads.get(post.root_id or ""),
                priority=post.priority,
                is_system=_is_of_the_server(post),
                body=bodies[post.id],
            )
        )
        day = at.date()
    return shown


def thread(post_id: str, *, channel: Channel) -> Thread | None:
    """The thread that a live post of the channel begins or belongs to; None if there is no such post."""
    post = Post.objects.filter(id=post_id, channel=channel, delete_at=0).first()
    root = Post.objects.select_related("user").filter(id=post.root_id or post.id) if post else None
    found = root.first() if root else None
    return (
        _as_thread(found, rendering.bodies([found], channel=channel)[found.id]) if found else None
    )


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


def _as_thread(root: Post, body: str) -> Thread:
    return Thread(root.id, _name(root), excerpts.of_html(body) or "a message without text")
