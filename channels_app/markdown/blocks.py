"""The blocks of a post: paragraphs, headings, lists, quotes, code, tables (specification §9).

The rules are Mattermost's, which integrations are written against, but that nothing anybody wrote may vanish.
A list item or a quote hands its lines to the same parser one level down, a number of levels deep at most,
so that time grows with the length of the text alone.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from . import code, fences, lists, tables
from .allowance import LINE, PIECE, Allowance
from .fences import Fences
from .indents import BLANKS, OF_CODE, columns, dedented
from .inline import Definition, label_of
from .links import unescaped

DEEPEST = 20

# A paragraph of a list without blank lines: it gets no element of its own in the page.
TIGHT = "tight"

# Unknown languages too: a single word in small letters, as their names are written.
_LANGUAGE = re.compile(r"[a-z][a-z0-9_+#-]{0,31}\Z")
_HEADING = re.compile(r"(#{1,6}+)[ \t]++(?=\S)")
# Below text a paragraph begins with a hashtag, and with an element of HTML unless that belongs into lines;
# a comment is one of its own.
_INLINE_ELEMENTS = (
    "a|em|strong|small|s|cite|q|dfn|abbr|data|time|code|var|samp|kbd|sub|sup|i|b|u|mark|ruby|rt|rp|bdi|bdo"
    "|span|br|wbr|ins|del|img"
)
_MARKUP = re.compile(rf"<(?!(?:{_INLINE_ELEMENTS})\b)\w++(?!:/|[^\w\s@]*+@)", re.ASCII)
_COMMENT = re.compile(r"[ \t]*+<!--.*-->[ \t]*\Z")
_HASH = re.compile(r"[ \t]*+#.")
_UNDERLINE = re.compile(r"[-=]*+(?<=[-=]{2})\Z")
_TASK = re.compile(r"\[([ xX])\][ \t]++(?=\S)")
# "[note]: text" is a thing that people write, so only what looks like an address makes a definition.
_DEFINITION = re.compile(
    r"""\[((?:[^\[\]\\]|\\.){1,999}+)\]:[ \t]*+
    <?((?:\w++:|/|\#)[^\s<>]++)>?
    (?:[ \t]++(?:"([^"]*+)"|'([^']*+)'|\(([^()]*+)\)))?\Z""",
    re.VERBOSE,
)
# Code runs from left to right; all other blocks run as their text does.
_WITHOUT_DIRECTION = frozenset({"hr", "pre"})


@dataclass
class _Level:
    """The lines of the text, a quote or an item on their way to blocks.

    `is_below_list` while no blank line has come behind a list: there a rule underlines nothing.
    """

    lines: list[str]
    fences: Fences
    depth: int
    is_item: bool
    is_below_list: bool = False

    def has(self, at: int) -> bool:
        """Whether the line is there and not blank."""
        return at < len(self.lines) and bool(self.lines[at].strip())


class Blocks:
    """The block parser of one post; `definitions` are the reference links that it found.

    What looks like the definition of an `unused` label is text.
    """

    def __init__(self, allowance: Allowance, *, unused: Collection[str] = ()) -> None:
        self._allowance = allowance
        self._unused = unused
        self.definitions: dict[str, Definition] = {}
        self._readers = (
            _indented_code,
            self._fenced_code,
            _heading,
            self._table,
            _rule,
            self._quote,
            self._list,
            self._definition,
            _underlined,
            self._paragraph,
        )

    def read(self, lines: list[str]) -> Element:
        """A `div` that holds the blocks; the text of each leaf is still as it was written."""
        root = Element("div")
        self._fill(root, lines)
        for block in root:
            if block.tag not in _WITHOUT_DIRECTION:
                block.set("dir", "auto")
        return root

    def _fill(
        self, parent: Element, lines: list[str], *, depth: int = 0, is_item: bool = False
    ) -> bool:
        """Read lines into an element; whether blank lines stand between its blocks."""
        self._allowance.spend(LINE * len(lines))
        level = _Level(lines, Fences(lines), depth, is_item)
        at, is_loose, after_blank = 0, False, False
        while at < len(lines):
            if not level.has(at):
                after_blank = len(parent) > 0
                level.is_below_list = False
                at += 1
                continue
            is_loose = is_loose or after_blank
            after_blank = False
            self._allowance.spend(PIECE)
            at = next(end for read in self._readers if (end := read(level, at, parent)))
        return is_loose

    def _fenced_code(self, level: _Level, at: int, parent: Element) -> int:
        fence = level.fences.at(at, paragraph=at)
        if not fence:
            return 0
        width = columns(level.lines[at])
        lines = [dedented(line, width) for line in level.lines[fence.begin : fence.end]]
        if _names_language(fence.note):
            _add_code(parent, lines, note=fence.note)
        else:
            _add_code(parent, [fence.note, *lines] if fence.note else lines)
        return fence.following

    def _table(self, level: _Level, at: int, parent: Element) -> int:
        # A head alone is text.
        if at + 2 >= len(level.lines) or columns(level.lines[at + 1]) >= OF_CODE:
            return 0
        head = tables.head(level.lines[at], level.lines[at + 1])
        if not head:
            return 0
        end = at + 2
        while level.has(end) and head.has_row(level.lines[end]):
            end += 1
        rows = level.lines[at + 2 : end]
        self._allowance.spend(PIECE * sum(1 + row.count("|") for row in rows))
        parent.append(tables.table(head, rows))
        return end

    def _quote(self, level: _Level, at: int, parent: Element) -> int:
        """A quote holds all lines to the next blank one, and goes on behind it with the next ">"."""
        if not self._begins_quote(level, at):
            return 0
        inner: list[str] = []
        end = following = at
        while following < len(level.lines) and self._begins_quote(level, following):
            inner += [""] * (following - end)
            end = following
            while level.has(end) and not self._ends_quote(level, end, at=at):
                inner.append(_unquoted(level.lines[end]))
                end += 1
            following = lists.after_blank(level.lines, end)
        quote = SubElement(parent, "blockquote")
        self._fill(quote, inner, depth=level.depth + 1, is_item=level.is_item)
        return end

    def _ends_quote(self, level: _Level, line: int, *, at: int) -> bool:
        """Below one line of a quote a line of dashes is a rule, and underlines nothing."""
        is_rule = line == at + 1 and lists.is_rule(level.lines[line])
        return (is_rule and _is_above_line(level, at)) or bool(self._defined(level, line))

    def _list(self, level: _Level, at: int, parent: Element) -> int:
        first = marker = self._marker(level, at)
        if not first:
            return 0
        element = SubElement(parent, "ol" if first.is_ordered else "ul")
        if first.is_ordered and first.number != 1:
            element.set("start", str(first.number))
        is_loose = False
        following = end = at
        while marker and following <= end + 1 and marker.belongs_to_list_of(first):
            is_loose = is_loose or following > end
            inner, end = lists.item(
                level.lines, following, marker, ends=lambda line: bool(self._defined(level, line))
            )
            is_loose = self._add_item(element, inner, depth=level.depth + 1) or is_loose
            following = lists.after_blank(level.lines, end)
            marker = self._marker(level, following) if following < len(level.lines) else None
        if not is_loose:
            for paragraph in element.findall("li/p"):
                paragraph.tag = TIGHT
        level.is_below_list = True
        return end

    def _add_item(self, parent: Element, lines: list[str], *, depth: int) -> bool:
        self._allowance.spend(PIECE)
        item = SubElement(parent, "li")
        is_loose = self._fill(item, lines, depth=depth, is_item=True)
        if len(item) and item[0].tag == "p":
            _add_box(item)
        return is_loose

    def _definition(self, level: _Level, at: int, parent: Element) -> int:
        match = self._defined(level, at)
        if not match:
            return 0
        title = match[3] or match[4] or match[5] or ""
        self.definitions[label_of(match[1])] = Definition(unescaped(match[2]), unescaped(title))
        return at + 1

    def _paragraph(self, level: _Level, at: int, parent: Element) -> int:
        end = at + 1
        is_comment = _COMMENT.match(level.lines[at])
        while level.has(end) and not (is_comment or self._interrupts(level, end, paragraph=at)):
            end += 1
        # What is indented may be code, whose blanks count.
        text = "\n".join(line.rstrip(BLANKS) for line in level.lines[at:end])
        SubElement(parent, "p").text = text.lstrip(BLANKS)
        return end

    def _interrupts(self, level: _Level, at: int, *, paragraph: int) -> bool:
        """Whether a line ends the paragraph before it without a blank line; what is indented is code then."""
        line = level.lines[at]
        if lists.is_rule(line) or _stands_apart(level, line, paragraph=level.lines[paragraph]):
            return True
        if _is_above_line(level, at) and not fences.opening_of(line):
            return True
        if self._marker(level, at) or self._begins_quote(level, at) or self._defined(level, at):
            return True
        return self._begins_table(level, at) or bool(level.fences.at(at, paragraph=paragraph))

    def _begins_table(self, level: _Level, at: int) -> bool:
        if at + 2 >= len(level.lines) or columns(level.lines[at]) >= OF_CODE:
            return False
        return tables.head(level.lines[at], level.lines[at + 1]) is not None

    def _begins_quote(self, level: _Level, at: int) -> bool:
        content = level.lines[at].strip(BLANKS)
        return content[:1] == ">" and len(content) > 1 and level.depth < DEEPEST

    def _marker(self, level: _Level, at: int) -> lists.Marker | None:
        return lists.marker(level.lines[at]) if level.depth < DEEPEST else None

    def _defined(self, level: _Level, at: int) -> re.Match[str] | None:
        """What a line defines; the label of a second definition is a text like others."""
        if level.depth or "]:" not in level.lines[at]:
            return None
        match = _DEFINITION.match(level.lines[at].strip(BLANKS))
        if not match:
            return None
        label = label_of(match[1])
        return None if label in self._unused or label in self.definitions else match


def _indented_code(level: _Level, at: int, parent: Element) -> int:
    lines = level.lines
    if columns(lines[at]) < OF_CODE:
        return 0
    end = at
    for number in range(at, len(lines)):
        if lines[number].strip():
            if columns(lines[number]) < OF_CODE:
                break
            end = number + 1
    _add_code(parent, [dedented(line, OF_CODE) for line in lines[at:end]])
    return end


def _heading(level: _Level, at: int, parent: Element) -> int:
    content = level.lines[at].strip(BLANKS)
    match = _HEADING.match(content)
    if not match:
        return 0
    text = content[match.end() :]
    bare = text.rstrip("#")
    # A single "#" that touches a word belongs to it, as in "C#".
    if bare and (bare[-1].isspace() or len(text) - len(bare) > 1):
        text = bare.rstrip()
    SubElement(parent, f"h{len(match[1])}").text = text
    return at + 1


def _rule(level: _Level, at: int, parent: Element) -> int:
    if not lists.is_rule(level.lines[at]):
        return 0
    SubElement(parent, "hr")
    return at + 1


def _stands_apart(level: _Level, line: str, *, paragraph: str) -> bool:
    """Whether a line below text stands apart from it; `paragraph` is the first line of the text."""
    if level.is_item:
        return columns(line) >= OF_CODE or bool(_HEADING.match(line.lstrip(BLANKS)))
    is_markup = _MARKUP.match(line) and not _MARKUP.match(paragraph)
    return bool(is_markup or _HASH.match(line))


def _underlined(level: _Level, at: int, parent: Element) -> int:
    if not _is_above_line(level, at):
        return 0
    tag = "h1" if level.lines[at + 1].rstrip(BLANKS)[-1] == "=" else "h2"
    SubElement(parent, tag).text = level.lines[at].strip(BLANKS)
    return at + 2


def _is_above_line(level: _Level, at: int) -> bool:
    if not level.has(at + 1) or (level.is_below_list and lists.is_rule(level.lines[at + 1])):
        return False
    return bool(_UNDERLINE.match(level.lines[at + 1].strip(BLANKS)))


def _unquoted(line: str) -> str:
    content = line.lstrip(BLANKS)
    return dedented(content[1:], 1) if content[:1] == ">" else line


def _names_language(note: str) -> bool:
    """Whether the words behind a fence name a language; otherwise somebody began with the code there."""
    return bool(_LANGUAGE.match(note)) or code.language_of(note) in code.LANGUAGES


def _add_code(parent: Element, lines: list[str], *, note: str = "") -> None:
    block = SubElement(parent, "pre")
    element = SubElement(block, "code")
    if note:
        # Shown by the stylesheet: a word that is no language after all is not lost.
        block.set("data-language", note)
        element.set("class", f"language-{code.language_of(note)}")
    element.text = "\n".join(lines)


def _add_box(item: Element) -> None:
    """Make an item that begins with "[x] " one with a box, whose label is the text."""
    paragraph = item[0]
    text = paragraph.text or ""
    task = _TASK.match(text)
    if not task:
        return
    item.set("class", "task")
    checked = {} if task[1] == " " else {"checked": ""}
    paragraph.text = ""
    label = SubElement(paragraph, "label")
    label.text = text[task.end() :]
    box = SubElement(label, "input", {"type": "checkbox", **checked, "disabled": ""})
    box.tail = " "
