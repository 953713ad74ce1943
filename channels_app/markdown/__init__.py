"""Markdown of a post → safe HTML (specification §9): the only place that turns text into markup.

Python-Markdown runs the steps, bleach has the last word, and no caller knows either of them.
"""

import html
import logging
import threading
from collections.abc import Collection, Mapping
from types import MappingProxyType

from . import sanitiser
from .steps import PostMarkdown
from .words import Words

LONGEST = 64 * 1024

_NO_CHANNELS: Mapping[str, str] = MappingProxyType({})

logger = logging.getLogger(__name__)


class _Tools(threading.local):
    """An engine serves one text at a time, so each thread has its own."""

    def __init__(self) -> None:
        self.markdown = PostMarkdown()


_tools = _Tools()


def render(
    text: str, *, people: Collection[str] = (), channels: Mapping[str, str] = _NO_CHANNELS
) -> str:
    """The HTML of a post. Nothing in it runs, and no markup of the text's own survives.

    `people` are the usernames that a mention may name, in lower case; `channels` leads from the handle
    of a channel to its page. A text of more than 64 Ki characters is shown as it was written.
    """
    words = Words(people=people, channels=channels)
    try:
        _refuse_too_long(text)
        return sanitiser.sanitised(_tools.markdown.to_html(text, words))
    except Exception as error:
        # A page shows many posts: one that cannot be read must not take the others with it.
        _log_refusal(text, error)
        return f"<p>{html.escape(text)}</p>"


def mentioned_names(text: str) -> set[str]:
    """Whom a text may mention, in lower case and without the @; code is left out.

    A sentence may end behind a name, so "@ann." gives "ann." and "ann": most are nobody's names.
    """
    return _words(text).names if "@" in text else set()


def mentioned_channels(text: str) -> set[str]:
    """The handles of channels that a text may mention, without the ~; code is left out."""
    return _words(text).handles if "~" in text else set()


def _words(text: str) -> Words:
    words = Words()
    try:
        _refuse_too_long(text)
        _tools.markdown.read(text, words)
    except Exception as error:
        # What cannot be read mentions nobody, and is a post all the same.
        _log_refusal(text, error)
    return words


def _refuse_too_long(text: str) -> None:
    if len(text) > LONGEST:
        raise ValueError(f"longer than {LONGEST} characters")


def _log_refusal(text: str, error: Exception) -> None:
    logger.warning("Markdown of %d characters not read: %s", len(text), type(error).__name__)
