"""Links and images of a post: which addresses may be linked, and the elements that hold them
(specification §9).
"""

import html
import re
from collections.abc import Collection
from urllib.parse import quote
from xml.etree.ElementTree import Element

from channels_app.text import pictures

SCHEMES = frozenset({"http", "https", "ftp", "mailto", "tel", "mattermost"})
# What a browser would run, or read from the reader's own machine, also in the form of "scheme://".
FORBIDDEN = frozenset(
    {"javascript", "vbscript", "data", "blob", "file", "filesystem", "about", "view-source", "jar"}
)
IMAGE_SCHEMES = frozenset({"http", "https"})

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# "localhost:8065/x" names a host and a port, not a scheme.
_SCHEME = re.compile(r"([^/?#:]*):(?:(?<=\btel:)|(?!\d+(?:[/?#]|\Z)))")
_OF_PROGRAM = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+)://")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f]")
_UNQUOTED = "!#$%&'()*+,-./:;=?@_~[]"
_ELSEWHERE = re.compile(r"https?://|ftp://|//", re.IGNORECASE)
_TRAILING = "?!.,:;*_~'\""


def resolved(text: str) -> str:
    """The text with its character references resolved."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def unescaped(text: str) -> str:
    """The text with its backslash escapes and character references resolved."""
    return _ESCAPED.sub(r"\1", resolved(text))


def schemes_for(url: str) -> frozenset[str]:
    """The schemes that a link to an address may have: the known ones, and its own if some program outside of
    the browser opens it, as in "slack://open".
    """
    match = _OF_PROGRAM.match(url.strip())
    own = {match[1].lower()} - FORBIDDEN if match else frozenset()
    return SCHEMES | own


def link(url: str, *, title: str = "") -> Element | None:
    """An `a` without its text; None for an address that must not be linked.

    Another site opens in a new tab and learns nothing about this one.
    """
    href = _address(url, schemes_for(url))
    if href is None:
        return None
    attributes = {"href": href}
    if title:
        attributes["title"] = title
    if _ELSEWHERE.match(href):
        attributes |= {"rel": "nofollow noopener noreferrer", "target": "_blank"}
    return Element("a", attributes)


def image(url: str, *, title: str, width: str, height: str, own_host: str) -> Element | None:
    """An `img` with an empty `alt`; None for an address that must not be loaded.

    Sizes are in pixels; what is empty is left out.
    """
    source = pictures.address(_address(url, IMAGE_SCHEMES) or "", own_host=own_host)
    if not source:
        return None
    optional = {"title": title, "width": width, "height": height}
    given = {name: value for name, value in optional.items() if value}
    return Element("img", {"src": source, "alt": "", **given})


def without_trailing(url: str) -> str:
    """A bare address without the punctuation of the sentence around it."""
    return url.rstrip(_TRAILING)


def _address(url: str, schemes: Collection[str]) -> str | None:
    """The address as an attribute may hold it. One without a scheme is a page here if it begins with
    a slash, and somebody's server otherwise.
    """
    if not url or _INVISIBLE.search(url):
        return None
    scheme = _SCHEME.match(url.strip())
    if scheme and scheme[1].lower() not in schemes:
        return None
    here = scheme or url.startswith(("/", "#"))
    return quote(url if here else f"http://{url}", safe=_UNQUOTED)
