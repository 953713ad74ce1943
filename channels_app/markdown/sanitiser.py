"""The last word on the HTML of a post: what is not on this list is shown as text (specification §9)."""

import threading
from collections.abc import Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element

from bleach.sanitizer import Cleaner

from .links import SCHEMES

_NAMES = (
    "p br h1 h2 h3 h4 h5 h6 hr em strong del ul ol li input blockquote pre code span"
    " table thead tbody tr th td a img"
)
TAGS = frozenset(_NAMES.split())
_VOID = frozenset({"br", "hr", "img", "input"})
ATTRIBUTES = {
    "a": ["href", "title", "rel", "target", "class"],
    "img": ["src", "alt", "title", "width", "height"],
    "th": ["align"],
    "td": ["align"],
    "code": ["class"],
    "span": ["class", "title", "data-mention"],
    "ol": ["start"],
    "input": ["type", "checked", "disabled"],
}


def sanitised(markup: str) -> str:
    """The markup with only the elements, attributes and schemes that a post may have."""
    return _tools.cleaner.clean(markup)


def _tokens(parent: Element) -> Iterator[dict[str, Any]]:
    """What stands in an element, as the tokens that bleach's filter and serialiser read."""
    if parent.text:
        yield {"type": "Characters", "data": parent.text}
    for child in parent:
        # A comment, which bleach leaves out as well, has a function for a tag.
        if isinstance(child.tag, str):
            yield from _element(child)
        if child.tail:
            yield {"type": "Characters", "data": child.tail}


def _element(element: Element) -> Iterator[dict[str, Any]]:
    attributes = {(None, name): value for name, value in element.items()}
    token = {"name": element.tag, "namespace": None, "data": attributes}
    if element.tag in _VOID:
        yield {**token, "type": "EmptyTag"}
        return
    yield {**token, "type": "StartTag"}
    yield from _tokens(element)
    yield {**token, "type": "EndTag"}


class _Tools(threading.local):
    """A cleaner serves one text at a time, so each thread has its own."""

    def __init__(self) -> None:
        self.cleaner = Cleaner(tags=TAGS, attributes=ATTRIBUTES, protocols=SCHEMES)
        # bleach's own walk looks for each element among its siblings: seconds for a table of 8000 rows.
        self.cleaner.walker = cast("Any", _tokens)


_tools = _Tools()
