"""The body of a post as HTML: its text and attachments, rendered once and kept on the row.

A page does so much work and no more: what is left over is shown as it was written, and its next readers
render it, a page's work each.
"""

import logging
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.db.models import Case, Q, Value, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts.people import users
from channels_app import markdown
from channels_app.membership.models import PUBLIC, Channel
from channels_app.posts import attachments
from channels_app.posts.attachments import Attachment, Field
from channels_app.posts.models import Post
from channels_app.text import pictures
from mattermost_hooks.console import site_path
from mattermost_hooks.console.config import get_config
from mattermost_hooks.records import batches

# Raise it whenever the same post should come out differently: kept bodies of older versions are remade.
VERSION = 5

# In the units of markdown.Allowance, of which a processor does one to ten million a second: nearly every
# post of 16 Ki characters fits, and a page of 60 posts of 4 Ki characters of prose.
WORK_OF_POST, WORK_OF_PAGE = 350_000, 700_000
# In characters. A post whose HTML is longer is shown as it was written; on a page that is full, cut short.
LONGEST_HTML_OF_POST, LONGEST_HTML_OF_PAGE = 300_000, 1_000_000
LONGEST_BEGINNING = 300

LONGEST_FOOTER = 300
_PICTURES = ("author_icon", "image_url", "thumb_url", "footer_icon")
COLOR_NAMES = frozenset({"good", "warning", "danger"})

_HEX_COLOR = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextRenderer:
    """Turns the texts of posts into HTML; knows whom they may name (usernames), where channels are (handle →
    URL) and what the console says of hashtags and pictures.
    """

    people: Collection[str]
    channels: Mapping[str, str]
    shortest_hashtag: int
    own_host: str

    def html(
        self, text: str, allowance: markdown.Allowance, *, shows_mentions: bool = True
    ) -> SafeString:
        """The Markdown of a text as safe HTML; as it was written if the allowance does not reach."""
        if not text.strip():
            return SafeString("")
        rendered = markdown.render(
            text,
            people=self.people,
            channels=self.channels,
            shortest_hashtag=self.shortest_hashtag,
            own_host=self.own_host,
            allowance=allowance,
            shows_mentions=shows_mentions,
        )
        return mark_safe(rendered)  # noqa: S308 - the sanitiser's output


@dataclass(frozen=True)
class ShownField:
    """A field of an attachment, ready to show."""

    title: SafeString
    value: SafeString
    short: bool


@dataclass(frozen=True)
class RefusedPicture:
    """A picture that is not loaded: its address, and the same once more if it may be linked."""

    address: str
    link: str


@dataclass(frozen=True)
class ShownAttachment:
    """An attachment, ready to show: texts rendered, links and pictures only where they are harmless."""

    pretext: SafeString
    color_name: str
    color: str
    author_name: str
    author_link: str
    author_icon: str
    title: SafeString
    text: SafeString
    cells: tuple[ShownField, ...]
    image_url: str
    thumb_url: str
    actions: tuple[str, ...]
    footer: SafeString
    footer_icon: str
    refused: tuple[RefusedPicture, ...]

    @property
    def is_boxed(self) -> bool:
        """Is there more than the text above the box?"""
        shown = (
            self.author_name,
            self.author_icon,
            self.title,
            self.text,
            self.cells,
            self.actions,
        )
        return any((*shown, self.image_url, self.thumb_url, self.footer, self.refused))


def bodies(posts: Sequence[Post], *, channel: Channel) -> dict[str, SafeString]:
    """Post id → safe HTML of its body, for posts of one channel on one page, the most important first.

    What is not kept yet is rendered and kept, with a fixed number of queries however many posts there are,
    until the work or the length of a page is reached; the rest is shown in a simpler way, and says so.
    """
    right = edition()
    stale = [post for post in posts if post.html_version != right]
    if stale and (finished := _render_stale(stale, channel)):
        _keep(finished, right)
    return {id: mark_safe(html) for id, html in _fitting(posts)}  # noqa: S308 - made by _render


def edition() -> int:
    """What `html_version` is on rows whose kept body is right: one number for VERSION and the settings
    that bodies follow, so that a change of either remakes them.
    """
    shortest_hashtag = get_config().ServiceSettings.MinimumHashtagLength
    followed = f"{VERSION} {shortest_hashtag} {pictures.own_host()} {site_path.prefix()}"
    return 1 + (zlib.crc32(followed.encode()) >> 2)


def _render_stale(posts: Sequence[Post], channel: Channel) -> list[Post]:
    """Give each post its HTML; those whose HTML may be kept.

    What ran out of work is kept if the post had all that there is for it; what ran out of time never is.
    """
    affordable = _affordable(posts)
    renderer = _renderer_for(affordable, channel)
    left, finished = WORK_OF_PAGE, []
    for post in posts:
        granted = min(left, WORK_OF_POST) if post in affordable else 0
        allowance = markdown.Allowance(granted)
        is_final = granted == WORK_OF_POST
        post.html = _render(post, renderer, allowance, is_final=is_final)
        left -= granted - allowance.units
        if not allowance.is_out_of_time and (is_final or not allowance.is_spent):
            finished.append(post)
    return finished


def _affordable(posts: Sequence[Post]) -> set[Post]:
    """Those of the posts that a page's work may suffice for, by a quick look; always the first."""
    left, affordable = WORK_OF_PAGE, set(posts[:1])
    for post in posts:
        texts = list(_texts(post))
        names = sum(text.count("@") + text.count("~") for text in texts)
        least = sum(map(len, texts)) + markdown.PIECE * names
        if least <= left:
            affordable.add(post)
            left -= least
    return affordable


def _fitting(posts: Sequence[Post]) -> Iterator[tuple[str, str]]:
    """Post id and HTML: of what does not fit on the page the beginning, with a link to a page of its own."""
    left = LONGEST_HTML_OF_PAGE
    for number, post in enumerate(posts):
        html = post.html
        if number and len(html) > max(left, LONGEST_BEGINNING):
            text = next(filter(None, _texts(post)), "")
            beginning = {"text": text[:LONGEST_BEGINNING], "newer_id": posts[number - 1].id}
            html = render_to_string("channels_app/_beginning.html", beginning)
        left -= len(html)
        yield post.id, html


def _renderer_for(posts: Iterable[Post], channel: Channel) -> TextRenderer:
    texts = [text for post in posts for text in _texts(post)]
    names = {name for text in texts for name in markdown.possible_names(text)}
    handles = {handle for text in texts for handle in markdown.possible_handles(text)}
    return TextRenderer(
        people=frozenset(users.existing_usernames(names)) if names else frozenset(),
        channels=_channel_urls(channel, handles) if handles and channel.team else {},
        shortest_hashtag=get_config().ServiceSettings.MinimumHashtagLength,
        own_host=pictures.own_host(),
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
    for attachment in attachments.of(post.props):
        yield from attachment.mentioning_texts
        yield from (attachment.title, attachment.footer, attachment.fallback)
        yield from (field.title for field in attachment.fields)


def _render(
    post: Post, renderer: TextRenderer, allowance: markdown.Allowance, *, is_final: bool
) -> str:
    message = renderer.html(post.message, allowance)
    boxes = [_box(one, renderer, allowance) for one in attachments.of(post.props)]
    context = {
        "message": message,
        "boxes": boxes,
        "is_blank": not message and not boxes,
        "is_as_written": allowance.is_spent,
        "is_final": is_final,
    }
    html = render_to_string("channels_app/_body.html", context)
    if allowance.is_spent and is_final:
        logger.info("Post %s stays as it was written: it is too much to format", post.id)
    elif len(html) > LONGEST_HTML_OF_POST and allowance.units:
        nothing = markdown.Allowance(0)
        return _render(post, renderer, nothing, is_final=True)
    return html


def _box(
    attachment: Attachment, renderer: TextRenderer, allowance: markdown.Allowance
) -> ShownAttachment:
    """An attachment as it is shown; if nothing of it can be, the summary that is meant for that case."""
    box = _parts(attachment, renderer, allowance)
    if box.is_boxed or box.pretext:
        return box
    summary = attachment.fallback or next(
        filter(None, (attachment.title_link, attachment.author_link)), ""
    )
    return replace(box, text=renderer.html(summary, allowance, shows_mentions=False))


def _parts(
    attachment: Attachment, renderer: TextRenderer, allowance: markdown.Allowance
) -> ShownAttachment:
    color = _HEX_COLOR.match(attachment.color)
    shown = {name: _picture(getattr(attachment, name), renderer) for name in _PICTURES}
    return ShownAttachment(
        pretext=renderer.html(attachment.pretext, allowance),
        color_name=attachment.color if attachment.color in COLOR_NAMES else "",
        color=f"#{color[1]}" if color else "",
        author_name=attachment.author_name.strip(),
        author_link=_web_address(attachment.author_link),
        title=_title(attachment, allowance),
        text=renderer.html(attachment.text, allowance),
        cells=tuple(
            _cell(field, renderer, allowance)
            for field in attachment.fields
            if field.title.strip() or field.text.strip()
        ),
        actions=tuple(action.name for action in attachment.actions if action.name.strip()),
        footer=renderer.html(_footer(attachment.footer), allowance, shows_mentions=False),
        refused=tuple(
            RefusedPicture(url, _web_address(url))
            for name in _PICTURES
            if (url := getattr(attachment, name)) and not shown[name]
        ),
        **shown,
    )


def _title(attachment: Attachment, allowance: markdown.Allowance) -> SafeString:
    url = _web_address(attachment.title_link)
    rendered = markdown.render_title(attachment.title.strip(), url=url, allowance=allowance)
    return mark_safe(rendered)  # noqa: S308 - the sanitiser's output


def _cell(field: Field, renderer: TextRenderer, allowance: markdown.Allowance) -> ShownField:
    title = markdown.render_caption(field.title, allowance=allowance)
    return ShownField(
        mark_safe(title),  # noqa: S308 - the sanitiser's output
        renderer.html(field.text, allowance),
        field.short,
    )


def _footer(text: str) -> str:
    return text if len(text) <= LONGEST_FOOTER else f"{text[:LONGEST_FOOTER]}…"


def _picture(url: str, renderer: TextRenderer) -> str:
    return pictures.address(url, own_host=renderer.own_host)


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def _keep(posts: list[Post], html_version: int) -> None:
    # One statement; a post that was edited since it was read is left for its next reader.
    unchanged = Q()
    for post in posts:
        unchanged |= Q(id=post.id, edit_at=post.edit_at)
    kept = Case(*(When(id=post.id, then=Value(post.html)) for post in posts), default=Value(""))
    Post.objects.filter(unchanged).update(html=kept, html_version=html_version)
