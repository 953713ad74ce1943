"""The body of a post as HTML: its text and attachments, rendered once and kept on the row."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import Case, Q, Value, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts import users
from mattermost_hooks.records import batches

from . import emoji, markdown
from .attachments import Attachment, Field
from .json_object import WrongType
from .models import PUBLIC, Channel, Post

# Raise it whenever the same post should come out differently: kept bodies of older versions are remade.
VERSION = 2

LONGEST_FOOTER = 300
OWN_PICTURES = ("/emoji/", "/static/")
COLOR_NAMES = frozenset({"good", "warning", "danger"})

_HEX_COLOR = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)
_EMOJI = re.compile(r":([a-z0-9_+-]+):")


@dataclass(frozen=True)
class Surroundings:
    """The people and channels that texts may link to: usernames, and channel handle → URL."""

    people: Collection[str]
    channels: Mapping[str, str]

    def html(self, text: str) -> SafeString:
        """The Markdown of a text as safe HTML."""
        if not text:
            return SafeString("")
        rendered = markdown.render(text, people=self.people, channels=self.channels)
        return mark_safe(rendered)  # noqa: S308 - the sanitiser's output


@dataclass(frozen=True)
class Cell:
    """A field of an attachment, ready to show."""

    title: str
    value: SafeString
    short: bool


@dataclass(frozen=True)
class Box:
    """An attachment, ready to show: texts rendered, links and pictures only where they are harmless."""

    pretext: SafeString
    color_name: str
    color: str
    author_name: str
    author_link: str
    author_icon: str
    title: str
    title_link: str
    text: SafeString
    cells: tuple[Cell, ...]
    image_url: str
    thumb_url: str
    footer: str
    footer_icon: str


def bodies(posts: Collection[Post], *, channel: Channel) -> dict[str, SafeString]:
    """Post id → safe HTML of its body, for posts of one channel.

    What is not kept yet is rendered and kept, with a fixed number of queries however many posts there are.
    """
    stale = [post for post in posts if post.html_version != VERSION]
    if stale:
        surroundings = _surroundings(stale, channel)
        for post in stale:
            post.html = _render(post, surroundings)
        _keep(stale)
    return {post.id: mark_safe(post.html) for post in posts}  # noqa: S308 - made by _render


def _surroundings(posts: Iterable[Post], channel: Channel) -> Surroundings:
    texts = [text for post in posts for text in _texts(post)]
    names = {name for text in texts for name in markdown.mentioned_names(text)}
    handles = {handle for text in texts for handle in markdown.mentioned_channels(text)}
    return Surroundings(
        people=frozenset(users.existing_usernames(names)) if names else frozenset(),
        channels=_channel_urls(channel, handles) if handles and channel.team else {},
    )


def _channel_urls(channel: Channel, handles: Collection[str]) -> dict[str, str]:
    public = Channel.objects.filter(team=channel.team_id, type=PUBLIC, delete_at=0)
    team_name = channel.team.name if channel.team else ""
    return {
        name: reverse("channel", args=[team_name, name])
        for some in batches(handles)
        for name in public.filter(name__in=some).values_list("name", flat=True)
    }


def _texts(post: Post) -> Iterator[str]:
    yield post.message
    for attachment in _attachments(post):
        yield attachment.pretext
        yield attachment.text
        yield from (_value_text(field) for field in attachment.fields)


def _attachments(post: Post) -> list[Attachment]:
    """What can be read of the attachments; a post of an older client may hold anything."""
    given = post.props.get("attachments")
    readable = []
    for value in given if isinstance(given, list) else ():
        try:
            readable.append(Attachment.parse(value, path="attachments"))
        except WrongType:
            continue
    return readable


def _value_text(field: Field) -> str:
    if field.value is None:
        return ""
    return field.value if isinstance(field.value, str) else json.dumps(field.value)


def _render(post: Post, surroundings: Surroundings) -> str:
    context = {
        "message": surroundings.html(post.message),
        "boxes": [_box(attachment, surroundings) for attachment in _attachments(post)],
    }
    return render_to_string("channels_app/_body.html", context)


def _box(attachment: Attachment, surroundings: Surroundings) -> Box:
    color = _HEX_COLOR.match(attachment.color)
    footer = attachment.footer
    return Box(
        pretext=surroundings.html(attachment.pretext),
        color_name=attachment.color if attachment.color in COLOR_NAMES else "",
        color=f"#{color[1]}" if color else "",
        author_name=attachment.author_name,
        author_link=_web_address(attachment.author_link),
        author_icon=picture_address(attachment.author_icon),
        title=_with_emoji(attachment.title),
        title_link=_web_address(attachment.title_link),
        text=surroundings.html(attachment.text),
        cells=tuple(
            Cell(field.title, surroundings.html(_value_text(field)), field.short)
            for field in attachment.fields
        ),
        image_url=picture_address(attachment.image_url),
        thumb_url=picture_address(attachment.thumb_url),
        footer=footer if len(footer) <= LONGEST_FOOTER else f"{footer[:LONGEST_FOOTER]}…",
        footer_icon=picture_address(attachment.footer_icon),
    )


def picture_address(url: str) -> str:
    """The address if a page may load a picture from it; else "".

    That is http, https and the places of our own pictures: a page fetches a picture with the reader's
    cookies, so that any other path on this server would be visited in the reader's name.
    """
    return url if url.startswith(OWN_PICTURES) and ".." not in url else _web_address(url)


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def _with_emoji(text: str) -> str:
    return _EMOJI.sub(lambda found: emoji.character(found[1]) or found[0], text)


def _keep(posts: list[Post]) -> None:
    # One statement; a post that was edited since it was read is left for its next reader.
    unchanged = Q()
    for post in posts:
        unchanged |= Q(id=post.id, edit_at=post.edit_at)
    kept = Case(*(When(id=post.id, then=Value(post.html)) for post in posts), default=Value(""))
    Post.objects.filter(unchanged).update(html=kept, html_version=VERSION)
