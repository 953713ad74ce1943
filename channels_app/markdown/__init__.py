"""Markdown of a post → safe HTML (specification §9): the only place that turns text into markup.

Python-Markdown runs the steps, bleach has the last word, and no caller knows either of them.
"""

import html
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from . import titles
from .allowance import PIECE, Allowance, AllowanceSpentError
from .inline import Reading
from .sanitiser import sanitised
from .steps import PostMarkdown
from .words import EVERYBODY, SHORTEST_HASHTAG, Words, possible_handles, possible_names

__all__ = [
    "EVERYBODY",
    "PIECE",
    "Allowance",
    "as_written",
    "mentioned_channels",
    "mentioned_names",
    "possible_handles",
    "possible_names",
    "render",
    "render_caption",
    "render_title",
]

LONGEST = 64 * 1024

_NO_CHANNELS: Mapping[str, str] = MappingProxyType({})

logger = logging.getLogger(__name__)


class _ThisThread(threading.local):
    """An engine serves one text at a time, so each thread has its own."""

    def __init__(self) -> None:
        self.engine = PostMarkdown()


_this_thread = _ThisThread()


def render(
    text: str,
    *,
    people: Collection[str] = (),
    channels: Mapping[str, str] = _NO_CHANNELS,
    shortest_hashtag: int = SHORTEST_HASHTAG,
    own_host: str = "",
    allowance: Allowance | None = None,
    shows_mentions: bool = True,
) -> str:
    """The HTML of a text. Nothing in it runs, and no markup of the text's own survives.

    `people` are the usernames that a mention may name, in lower case; `channels` leads from the handle
    of a channel to its page; no picture leads to `own_host`. Where mentions do not count they are not
    shown as such. A text that makes more work than the allowance holds, or has more than 64 Ki
    characters, is shown as it was written.
    """
    words = Words(
        people=people,
        channels=channels,
        shortest_hashtag=shortest_hashtag,
        ignored=() if shows_mentions else {"mention"},
    )
    reading = Reading(words, allowance or Allowance(), own_host)
    rendered = _written(text, reading, lambda: _this_thread.engine.to_html(text, reading))
    return as_written(text) if rendered is None else rendered


def render_title(text: str, *, url: str = "", allowance: Allowance | None = None) -> str:
    """The HTML of a title, all of which leads to `url` but for the links it holds; no mention counts there."""
    reading = Reading(Words(ignored=titles.NO_EMOJI), allowance or Allowance())
    title = _written(text, reading, lambda: sanitised(titles.title(text, reading, url=url)))
    return html.escape(text) if title is None else title


def render_caption(text: str, *, allowance: Allowance | None = None) -> str:
    """The HTML of a text in which nothing but emoji means something."""
    reading = Reading(Words(ignored=titles.NO_EMOJI), allowance or Allowance())
    caption = _written(text, reading, lambda: sanitised(titles.caption(text, reading)))
    return html.escape(text) if caption is None else caption


def as_written(text: str) -> str:
    """A text as HTML that looks like the text."""
    return f'<p class="as-written" dir="auto">{html.escape(text)}</p>' if text else ""


def mentioned_names(text: str) -> set[str]:
    """Whom a text may mention, in lower case and without the @; code is left out.

    A sentence may end behind a name, so "@ann." gives "ann." and "ann": most are nobody's names.
    """
    return _words(text).names if "@" in text else set()


def mentioned_channels(text: str) -> set[str]:
    """The handles of channels that a text may mention, without the ~; code is left out."""
    return _words(text).handles if "~" in text else set()


def _written(text: str, reading: Reading, write: Callable[[], str]) -> str | None:
    """What is written of a text; None if that is too much work or fails."""
    try:
        if len(text) <= LONGEST:
            return write()
        reading.allowance.is_spent = True
    except AllowanceSpentError:
        pass
    except Exception:
        # A page shows many posts: one that cannot be read must not take the others with it.
        logger.exception("Markdown of %d characters cannot be read", len(text))
    return None


def _words(text: str) -> Words:
    words = Words()
    if len(text) > LONGEST:
        logger.warning("Mentions in %d characters are not looked for", len(text))
        return words
    try:
        _this_thread.engine.read(text, Reading(words))
    except Exception:
        # What cannot be read mentions nobody, and is a post all the same.
        logger.exception("Mentions in %d characters cannot be read", len(text))
    return words
