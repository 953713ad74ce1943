"""What stands inside a line of a post: emphasis, code, links, images and words (specification §9).

One pass from left to right over the text, as CommonMark describes it. Open brackets are kept on a short
stack; when it is full the oldest one stays plain text, so that time grows with the length alone.
"""

import html
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from . import emphasis, links, words
from .allowance import PIECE, Allowance
from .emphasis import Delimiter, type_of_node
from .words import Word, Words

MOST_OPEN = 16
LONGEST_LABEL = 999
# Each reference repeats the address of its definition: a few letters must not become a page of them.
LONGEST_REPETITION = 32 * 1024

# A name, perhaps with a value: blanks after it may belong to the next one.
_ATTRIBUTE = r"""\s++[A-Za-z:_][\w.:-]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?"""
_TOKEN = re.compile(
    rf"""
(?P<escape>\\(?:[`*{{}}\[\]()\#+\-.!_>~|]|\\(?!\w)))
|(?P<break>\n)
|(?P<code>`++)
|(?P<entity>&(?:\#\d{{1,7}}|\#[xX][\da-fA-F]{{1,6}}|[A-Za-z][A-Za-z\d]{{1,31}});)
|{words.PATTERN}
|(?P<tag></[A-Za-z][\w:-]*+\s*+>|<[A-Za-z][\w-]*+(?:{_ATTRIBUTE})*+\s*+/?>)
|(?P<angle><[^<>\s]++>)
|(?P<open>!?\[)
|(?P<close>\])
|(?P<delimiter>{emphasis.PATTERN})
""",
    re.VERBOSE,
)
# An address may hold blanks, and round brackets in pairs; in a title they stand as they like.
_DESTINATION = re.compile(
    r"""\((?P<inside>(?:\\.|[^()\\\s]|\s++(?:"[^"]*+"|'[^']*+')\s*+(?=\))|\s
    |\((?:\\.|[^()\\]|\([^()]*+\))*+\))*+)\)""",
    re.VERBOSE | re.DOTALL,
)
_TITLE = re.compile(r"""\s["']""")
_SIZE = re.compile(r"\s=(\d{0,4})(?:x(\d{0,4}))?\Z")
_LABEL = re.compile(rf"\[((?:[^\[\]\\]|\\.){{0,{LONGEST_LABEL}}}+)\]", re.DOTALL)
_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:/|www\d{0,3}\.")


@dataclass(frozen=True)
class Definition:
    """Where a reference link leads: `[label]: url "title"`."""

    url: str
    title: str


@dataclass
class Reading:
    """What all lines of a text share: words that may mean something, definitions, work that is left.

    No picture may lead to `own_host`. `used` are the labels of definitions that something refers to,
    `repetition` is how many characters of definitions may still be repeated.
    """

    words: Words = field(default_factory=Words)
    allowance: Allowance = field(default_factory=Allowance)
    own_host: str = ""
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    repetition: int = LONGEST_REPETITION

    def begin(self, definitions: Mapping[str, Definition]) -> None:
        """Read the text, perhaps once more, with these definitions: what was noted before does not count."""
        self.definitions = definitions
        self.repetition = LONGEST_REPETITION
        self.used.clear()
        self.words.forget()


@dataclass
class _Bracket:
    source: str
    at: int
    index: int
    is_alive: bool = True


@dataclass(frozen=True)
class _Target:
    url: str
    title: str
    width: str = ""
    height: str = ""


type_of_piece = str | Element | Word | Delimiter | _Bracket


def label_of(text: str) -> str:
    """The label of a reference as it is compared: blanks and letter case do not count."""
    return " ".join(text.split()).casefold()


def read(text: str, reading: Reading) -> list[type_of_node]:
    """The text and the elements of one paragraph, heading or cell; mentions are noted in its words."""
    return _Line(text, reading).read()


class _Line:
    """One text on its way to nodes."""

    def __init__(self, text: str, reading: Reading) -> None:
        self.text = text
        self.reading = reading
        self.pieces: list[type_of_piece] = []
        self.brackets: list[_Bracket] = []
        self.runs: dict[int, list[int]] | None = None
        self.is_in_anchor = False

    def read(self) -> list[type_of_node]:
        at = 0
        while match := _TOKEN.search(self.text, at):
            if match.start() > at:
                self.pieces.append(self.text[at : match.start()])
            at = self._piece(match)
        self.pieces.append(self.text[at:])
        return self._nodes(self.pieces)

    def _piece(self, match: re.Match[str]) -> int:
        """Keep what a token means; the position behind it."""
        self.reading.allowance.spend(PIECE)
        kind = match.lastgroup or ""
        if kind in _READERS:
            self.pieces.append(_READERS[kind](match))
        elif kind == "open":
            self._open(match)
        elif kind == "code":
            return self._code(match)
        elif kind == "tag":
            self._tag(match[0])
        elif kind == "close":
            return self._close(match.end())
        else:
            return self._word(match)
        return match.end()

    def _tag(self, text: str) -> None:
        """Markup of another language is text, and so are the addresses inside of its links."""
        self.pieces.append(text)
        if text.startswith("<a "):
            self.is_in_anchor = True
        elif text == "</a>":
            self.is_in_anchor = False

    def _word(self, match: re.Match[str]) -> int:
        word = self._read_word(match)
        if word is None:
            self.pieces.append(match[0][0])
            return match.start() + 1
        if word.element is not None:
            self.reading.allowance.spend(PIECE)  # its attributes are looked at one by one
        self.pieces.append(word)
        return match.start() + len(word.source)

    def _read_word(self, match: re.Match[str]) -> Word | None:
        if match.lastgroup == "angle":
            return _autolink(match[0])
        if match.lastgroup in words.ADDRESSES and self.is_in_anchor:
            return Word(match[0])
        return self.reading.words.read(match)

    def _code(self, match: re.Match[str]) -> int:
        """A code span, if backticks of the same number close it."""
        if self.runs is None:
            self.runs = defaultdict(list)
            for run in re.finditer("`+", self.text):
                self.runs[len(run[0])].append(run.start())
        same = self.runs[len(match[0])]
        later = bisect_left(same, match.end())
        if later == len(same):
            self.pieces.append(match[0])
            return match.end()
        element = Element("code")
        element.text = self.text[match.end() : same[later]].strip()
        self.pieces.append(element)
        return same[later] + len(match[0])

    def _open(self, match: re.Match[str]) -> None:
        if len(self.brackets) == MOST_OPEN:
            del self.brackets[0]
        bracket = _Bracket(match[0], match.end(), len(self.pieces))
        self.brackets.append(bracket)
        self.pieces.append(bracket)

    def _close(self, at: int) -> int:
        """A link or an image, if the last open bracket and what follows make one."""
        bracket = self.brackets.pop() if self.brackets else None
        if bracket and bracket.is_alive:
            target, end = self._target(bracket, at)
            element = self._element(bracket, target) if target else None
            if element is not None:
                self._fill(element, bracket, at - 1)
                return end
        self.pieces.append("]")
        return at

    def _target(self, bracket: _Bracket, at: int) -> tuple[_Target | None, int]:
        """Where the bracket that was closed before `at` leads, and the position behind that."""
        if match := _DESTINATION.match(self.text, at):
            return _target(match["inside"], has_size=bracket.source == "!["), match.end()
        if not self.reading.definitions or at - bracket.at > LONGEST_LABEL:
            return None, at
        match = _LABEL.match(self.text, at)
        label = (match and match[1]) or self.text[bracket.at : at - 1]
        target = self._defined(label)
        return target, match.end() if match else at

    def _defined(self, label: str) -> _Target | None:
        label = label_of(label)
        definition = self.reading.definitions.get(label)
        if definition is None:
            return None
        self.reading.used.add(label)
        self.reading.repetition -= len(definition.url) + len(definition.title)
        return _Target(definition.url, definition.title) if self.reading.repetition >= 0 else None

    def _element(self, bracket: _Bracket, target: _Target) -> Element | None:
        """The empty link or image; None for an address that a post must not lead to.

        What may not be loaded as a picture may still be visited by somebody who wants to.
        """
        image = None
        if bracket.source == "![":
            size = {"width": target.width, "height": target.height}
            own_host = self.reading.own_host
            image = links.image(target.url, title=target.title, own_host=own_host, **size)
        return links.link(target.url, title=target.title) if image is None else image

    def _fill(self, element: Element, bracket: _Bracket, at: int) -> None:
        """Put what the bracket that ends there holds into its link, or beside its image as it was written."""
        inner = [_as_written(piece) for piece in self.pieces[bracket.index + 1 :]]
        self.pieces[bracket.index :] = [element]
        nodes = self._nodes(inner)
        if bracket.source == "![":
            alternative = links.resolved(self.text[bracket.at : at])
            if element.tag == "img":
                element.set("alt", alternative)
                return
            # A picture that became a link needs something to click on.
            nodes = [alternative or element.get("href", "")]
        emphasis.append(element, nodes)
        for outer in self.brackets:
            # A link holds no other link, but an image may stand in one.
            outer.is_alive = outer.source == "!["

    def _nodes(self, pieces: Iterable[type_of_piece]) -> list[type_of_node]:
        return emphasis.paired([self._finished(piece) for piece in pieces])

    def _finished(self, piece: type_of_piece) -> type_of_node | Delimiter:
        if isinstance(piece, Word):
            self.reading.words.note(piece)
            return piece.source if piece.element is None else piece.element
        return piece.source if isinstance(piece, _Bracket) else piece


def _escaped(match: re.Match[str]) -> str:
    return match[0][1]


def _line_break(_: re.Match[str]) -> Element:
    return Element("br")


def _character(match: re.Match[str]) -> str:
    return html.unescape(match[0])


def _autolink(text: str) -> Word | None:
    """The link that `<https://example.com>` or `<ann@example.com>` stands for."""
    url = text[1:-1]
    if _WITH_SCHEME.match(url):
        return words.linked(text, url=links.resolved(url), shown=links.resolved(url))
    address = url.removeprefix("mailto:")
    if "@" in address[1:-1]:
        return words.linked(text, url=f"mailto:{address}", shown=address)
    return None


def _target(inside: str, *, has_size: bool) -> _Target:
    """What round brackets say: an address, for a picture its size, and a title in quotes."""
    url, title = inside.strip(), ""
    quote = _TITLE.search(url)
    if quote and url[-1] in "\"'" and quote.end() < len(url):
        url, title = url[: quote.start()].rstrip(), url[quote.end() : -1]
    width = height = ""
    if has_size and (size := _SIZE.search(url)):
        url, width, height = url[: size.start()].rstrip(), size[1], size[2] or ""
    url = url.removeprefix("<").removesuffix(">")
    return _Target(links.unescaped(url), links.unescaped(title), width, height)


def _as_written(piece: type_of_piece) -> type_of_piece:
    return piece.source if isinstance(piece, Word) and not piece.is_emoji else piece


# How tokens become pieces that need nothing but themselves.
_READERS: dict[str, Callable[[re.Match[str]], type_of_piece]] = {
    "escape": _escaped,
    "break": _line_break,
    "entity": _character,
    "delimiter": emphasis.delimiter,
}
