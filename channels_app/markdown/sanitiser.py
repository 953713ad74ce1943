"""The last word on the HTML of a post: what is not on this list is shown as text (specification §9)."""

import html
import threading
from collections.abc import Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element

from bleach.sanitizer import (
    INVISIBLE_CHARACTERS_RE,
    INVISIBLE_REPLACEMENT_CHAR,
    BleachSanitizerFilter,
    Cleaner,
)

from . import links
from .links import SCHEMES

# What bleach reads and writes as it runs along a text.
type_of_token = dict[str, Any]

_NAMES = (
    "p br h1 h2 h3 h4 h5 h6 hr em strong del ul ol li input blockquote pre code span"
    " table thead tbody tr th td a img label"
)
TAGS = frozenset(_NAMES.split())
_VOID = frozenset({"br", "hr", "img", "input"})
_WITH_DIRECTION = "p h1 h2 h3 h4 h5 h6 ul ol blockquote table"
ATTRIBUTES = {
    **{name: ["dir"] for name in _WITH_DIRECTION.split()},
    "a": ["href", "title", "rel", "target", "class"],
    "img": ["src", "alt", "title", "width", "height"],
    "th": ["align"],
    "td": ["align"],
    "pre": ["data-language"],
    "code": ["class"],
    "span": ["class", "title", "data-mention"],
    "ol": ["start", "dir"],
    "li": ["class"],
    "input": ["type", "checked", "disabled"],
}


def sanitised(root: Element) -> str:
    """What stands in an element as HTML, with only the elements, attributes and schemes of a post.

    The tree is read as it is: written out first and parsed again by bleach, a text costs three times as
    much, and a long one full of "<" the square of its length.
    """
    only_allowed = _Filter(
        source=cast("Any", _tokens(root)),
        allowed_tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_protocols=SCHEMES,
    )
    return _writer.serializer.render(cast("Any", only_allowed))


class _Filter(BleachSanitizerFilter):
    """bleach's filter for text that means what it says: all of it is escaped when it is written."""

    def sanitize_uri_value(self, value: str, allowed_protocols: Any) -> str | None:
        """An address of a program outside of the browser is as harmless as one of the web."""
        return super().sanitize_uri_value(value, allowed_protocols | links.schemes_for(value))

    def sanitize_characters(self, token: Any) -> Any:
        """bleach looks for character references here, but in our tree they are resolved."""
        text = INVISIBLE_CHARACTERS_RE.sub(INVISIBLE_REPLACEMENT_CHAR, token["data"])
        return {"type": "Characters", "data": text}


def _tokens(parent: Element) -> Iterator[type_of_token]:
    """What stands in an element, as the tokens that bleach's filter and serialiser read."""
    if parent.text:
        yield {"type": "Characters", "data": parent.text}
    for child in parent:
        # A comment, which bleach leaves out as well, has a function for a tag.
        if isinstance(child.tag, str):
            yield from _element(child)
        if child.tail:
            yield {"type": "Characters", "data": child.tail}


def _element(element: Element) -> Iterator[type_of_token]:
    # In attributes bleach expects references, where ours hold text.
    attributes = {(None, name): html.escape(value) for name, value in element.items()}
    token = {"name": element.tag, "namespace": None, "data": attributes}
    if element.tag in _VOID:
        yield {**token, "type": "EmptyTag"}
        return
    yield {**token, "type": "StartTag"}
    yield from _tokens(element)
    yield {**token, "type": "EndTag"}


class _Writer(threading.local):
    """A serialiser writes one text at a time, so each thread has its own."""

    def __init__(self) -> None:
        self.serializer = Cleaner().serializer


_writer = _Writer()
