"""The first words of a post as plain text, taken from its HTML."""

from html.parser import HTMLParser

LONGEST = 80
_PIECE = 2000
# What holds no words of the post itself.
_UNREAD = frozenset({"svg"})
_INLINE = frozenset({"a", "b", "code", "del", "em", "i", "s", "span", "strong"})


class _Words(HTMLParser):
    """Collects the text between the tags; blocks are set apart by blanks, pictures give their description."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        described = dict(attrs)
        if tag in _UNREAD or (tag == "p" and described.get("class") == "note"):
            self._unread.append(tag)
        if tag == "img":
            self.text += described.get("alt") or " "
        elif tag not in _INLINE:
            self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if self._unread and self._unread[-1] == tag:
            self._unread.pop()
        if tag not in _INLINE:
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.text += data


def of_html(html: str) -> str:
    """At most 80 characters of the words in a rendered post, on one line, "…" where there are more.

    Reads no more of the HTML than that takes.
    """
    words, text = _Words(), ""
    for start in range(0, len(html), _PIECE):
        words.feed(html[start : start + _PIECE])
        text = " ".join(words.text.split())
        if len(text) > LONGEST:
            return f"{text[:LONGEST].rstrip()}…"
    words.close()
    return " ".join(words.text.split())
