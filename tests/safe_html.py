"""Is the HTML of a post harmless, as a browser would read it?"""

import re
from html.parser import HTMLParser

from channels_app.markdown import sanitiser

# Addresses that cannot run; what a page loads by itself is narrower.
_LINK = re.compile(r"(?:https?|ftp|mailto|tel):|/|#|\Z", re.IGNORECASE)
_PICTURE = re.compile(r"https?://|/emoji/|/static/", re.IGNORECASE)


class Elements(HTMLParser):
    """What a browser would find: tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_is_safe(html: str) -> None:
    """Only known elements and attributes, no address that could run, no picture of our own pages."""
    for tag, attributes in Elements(html).found:
        assert tag in sanitiser.TAGS
        allowed = {*sanitiser.ATTRIBUTES.get(tag, ()), "class"}
        assert attributes.keys() <= allowed
        for name in ("href", "src"):
            address = attributes.get(name) or ""
            assert _LINK.match(address), address
        assert tag != "img" or _PICTURE.match(attributes.get("src") or "")
