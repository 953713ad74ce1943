"""The blocks of a post: paragraphs, headings, lists, quotes, code, tables (specification §9).

The rules are GitHub's. A list item or a quote hands its lines to the same parser one level down, a few
levels deep at most, so that time grows with the length of the text alone.
"""

import re
from xml.etree.ElementTree import Element, SubElement

from . import tables
from .allowance import LINE, PIECE, Allowance
from .inline import Definition, label_of
from .links import unescaped

DEEPEST = 8

# A paragraph of a list without blank lines: it gets no element of its own in the page.
TIGHT = "tight"

_CODE_INDENT = 4
_INDENT = re.compile(r"[ \t]*+")
_FENCE = re.compile(r"(`{3,}+|~{3,}+)[ \t]*+(.*+)")
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}")
_HEADING = re.compile(r"(#{1,6}+)[ \t]++(?=\S)")
_UNDERLINE = re.compile(r"(?:=++|-++)\Z")
_RULE = re.compile(r"(?:(?:\*[ \t]*+){3,}+|(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+)\Z")
_MARKER = re.compile(r"([-*+]|(\d{1,9}+)[.)])(?:([ \t]++)(?=\S)|\Z)")
_TASK = re.compile(r"\[([ xX])\][ \t]++(?=\S)")
_CONTAINERS = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d{1,9}+[.)][ \t])*+")
# "[note]: text" is a thing that people write, so only what looks like an address makes a definition.
_DEFINITION = re.compile(
    r"""\[((?:[^\[\]\\]|\\.){1,999}+)\]:[ \t]*+
    <?((?:[A-Za-z][A-Za-z0-9+.-]*+:|/|www\.|\#)[^\s<>]*+)>?
    (?:[ \t]++(?:"([^"]*+)"|'([^']*+)'|\(([^()]*+)\)))?\Z""",
    re.VERBOSE,
)


class Blocks:
    """The block parser of one post; `definitions` are the reference links that it found."""

    def __init__(self, allowance: Allowance) -> None:
        self._allowance = allowance
        self.definitions: dict[str, Definition] = {}
        self._depth = 0
        self._readers = (
            _indented_code,
            _fenced_code,
            _heading,
            _rule,
            self._quote,
            self._list,
            self._definition,
            self._table,
            _paragraph,
        )

    def read(self, lines: list[str]) -> Element:
        """A `div` that holds the blocks; the text of each leaf is still as it was written."""
        root = Element("div")
        self._fill(root, lines)
        return root

    def _fill(self, parent: Element, lines: list[str]) -> bool:
        """Read lines into an element; whether blank lines stand between its blocks."""
        self._allowance.spend(LINE * len(lines))
        at, is_loose, after_blank = 0, False, False
        while at < len(lines):
            if not lines[at].strip():
                after_blank = len(parent) > 0
                at += 1
                continue
            is_loose = is_loose or after_blank
            after_blank = False
            self._allowance.spend(PIECE)
            at = next(end for read in self._readers if (end := read(lines, at, parent)))
        return is_loose

    def _fill_deeper(self, parent: Element, lines: list[str]) -> bool:
        self._depth += 1
        is_loose = self._fill(parent, lines)
        self._depth -= 1
        return is_loose

    def _quote(self, lines: list[str], at: int, parent: Element) -> int:
        if self._depth == DEEPEST or not _is_quoted(lines[at]):
            return 0
        inner = _GatheredLines()
        while at < len(lines):
            if _is_quoted(lines[at]):
                line = lines[at].lstrip()[1:]
                inner.add(line[1:] if line[:1] in (" ", "\t") else line)
            elif inner.goes_on(lines[at]):
                inner.add(lines[at])
            else:
                break
            at += 1
        self._fill_deeper(SubElement(parent, "blockquote"), inner.lines)
        return at

    def _list(self, lines: list[str], at: int, parent: Element) -> int:
        marker = _marker(lines[at])
        if self._depth == DEEPEST or not marker:
            return 0
        element = SubElement(parent, "ol" if marker[2] else "ul")
        if marker[2] and int(marker[2]) != 1:
            element.set("start", str(int(marker[2])))
        is_loose = False
        following, end = at, at
        while marker:
            is_loose = is_loose or following > end
            inner, end = _item(lines, following, marker)
            is_loose = self._add_item(element, inner) or is_loose
            following = _after_blank(lines, end)
            marker = _same_kind(marker, lines, following)
        if not is_loose:
            for paragraph in element.findall("li/p"):
                paragraph.tag = TIGHT
        return end

    def _add_item(self, parent: Element, lines: list[str]) -> bool:
        self._allowance.spend(PIECE)
        item = SubElement(parent, "li")
        task = _TASK.match(lines[0])
        if task:
            lines = [lines[0][task.end() :], *lines[1:]]
        is_loose = self._fill_deeper(item, lines)
        if task:
            checked = {} if task[1] == " " else {"checked": ""}
            box = Element("input", {"type": "checkbox", **checked, "disabled": ""})
            box.tail = " "
            item.insert(0, box)
        return is_loose

    def _definition(self, lines: list[str], at: int, parent: Element) -> int:
        match = _DEFINITION.match(lines[at].strip())
        if not match:
            return 0
        title = match[3] or match[4] or match[5] or ""
        found = Definition(unescaped(match[2]), unescaped(title))
        self.definitions.setdefault(label_of(match[1]), found)
        return at + 1

    def _table(self, lines: list[str], at: int, parent: Element) -> int:
        aligned = _aligned(lines, at)
        if not aligned:
            return 0
        end = at + 2
        while end < len(lines) and lines[end].strip() and not _interrupts(lines[end]):
            end += 1
        rows = lines[at + 2 : end]
        self._allowance.spend(PIECE * sum(1 + row.count("|") for row in rows))
        parent.append(tables.table(lines[at], rows, aligned))
        return end


class _GatheredLines:
    """The lines of a quote or an item as they are gathered, and the code fence open in them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.fence = ""

    def add(self, line: str) -> None:
        content = _CONTAINERS.sub("", line, count=1).rstrip()
        if self.fence:
            self.fence = "" if _closes(content, self.fence) else self.fence
        elif match := _fence(content):
            self.fence = match[1]
        self.lines.append(line)

    def goes_on(self, line: str) -> bool:
        """Whether a line outside still belongs to the paragraph that stands last: people seldom repeat
        the ">" or the blanks.
        """
        if self.fence or not self.lines or not line.strip():
            return False
        if _interrupts(line) or _marker(line) or _UNDERLINE.match(line.strip()):
            return False
        last = _CONTAINERS.sub("", self.lines[-1], count=1)
        return bool(last) and not _interrupts(last)


def _item(lines: list[str], at: int, marker: re.Match[str]) -> tuple[list[str], int]:
    """The lines of a list item without their indent, and the line behind the last of them."""
    own = _columns(lines[at])
    padding = _columns(marker[3] or " ")
    width = len(marker[1]) + (padding if padding <= _CODE_INDENT else 1)
    inner = _GatheredLines()
    inner.add(_dedented(marker.string[len(marker[1]) :], width - len(marker[1])))
    offset, end = own + width, at + 1
    for number in range(end, len(lines)):
        line = lines[number]
        if not line.strip():
            if not inner.lines[0]:
                break
            continue
        if not inner.fence and _marker(line.lstrip()) and own + 2 <= _columns(line) < offset:
            # Two blanks are enough to nest a list, also below "1." where GitHub wants three.
            offset = _columns(line)
        if _columns(line) < offset and (number > end or not inner.goes_on(line)):
            break
        inner.lines += [""] * (number - end)
        inner.add(_dedented(line, offset))
        end = number + 1
    return inner.lines, end


def _same_kind(marker: re.Match[str], lines: list[str], at: int) -> re.Match[str] | None:
    """The marker of the next item, if the line begins one of the same list."""
    following = _marker(lines[at]) if at < len(lines) else None
    return following if following and following[1][-1] == marker[1][-1] else None


def _after_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _indented_code(lines: list[str], at: int, parent: Element) -> int:
    if _columns(lines[at]) < _CODE_INDENT:
        return 0
    end = at
    for number in range(at, len(lines)):
        if lines[number].strip():
            if _columns(lines[number]) < _CODE_INDENT:
                break
            end = number + 1
    _add_code(parent, [_dedented(line, _CODE_INDENT) for line in lines[at:end]])
    return end


def _fenced_code(lines: list[str], at: int, parent: Element) -> int:
    fence = _fence(lines[at].strip())
    if not fence:
        return 0
    indent = _columns(lines[at])
    end = at + 1
    while end < len(lines) and not _closes(lines[end], fence[1]):
        end += 1
    language = _LANGUAGE.match(fence[2])
    code = [_dedented(line, indent) for line in lines[at + 1 : end]]
    _add_code(parent, code, language=language[0].lower() if language else "")
    return min(end + 1, len(lines))


def _heading(lines: list[str], at: int, parent: Element) -> int:
    content = lines[at].strip()
    match = _HEADING.match(content)
    if not match:
        return 0
    text = content[match.end() :]
    bare = text.rstrip("#")
    SubElement(parent, f"h{len(match[1])}").text = bare.rstrip() if bare[-1:].isspace() else text
    return at + 1


def _rule(lines: list[str], at: int, parent: Element) -> int:
    if not _RULE.match(lines[at].strip()):
        return 0
    SubElement(parent, "hr")
    return at + 1


def _paragraph(lines: list[str], at: int, parent: Element) -> int:
    texts = [lines[at].strip()]
    tag, end = "p", at + 1
    while end < len(lines) and lines[end].strip():
        content = lines[end].strip()
        if _UNDERLINE.match(content) and _columns(lines[end]) < _CODE_INDENT:
            tag, end = "h1" if content[0] == "=" else "h2", end + 1
            break
        if _interrupts(lines[end]) or _aligned(lines, end):
            break
        texts.append(content)
        end += 1
    SubElement(parent, tag).text = "\n".join(texts)
    return end


def _interrupts(line: str) -> bool:
    """Whether a line ends the paragraph or the table before it without a blank line."""
    if _columns(line) >= _CODE_INDENT:
        return False
    content = line.strip()
    if _fence(content) or _HEADING.match(content) or _RULE.match(content) or content[:1] == ">":
        return True
    # A line that happens to begin with "1999." is no list.
    marker = _MARKER.match(content)
    return bool(marker and marker[3] and marker[2] in (None, "1"))


def _aligned(lines: list[str], at: int) -> list[str]:
    if at + 1 == len(lines) or _columns(lines[at + 1]) >= _CODE_INDENT:
        return []
    return tables.alignments(lines[at], lines[at + 1])


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">") and _columns(line) < _CODE_INDENT


def _marker(line: str) -> re.Match[str] | None:
    """The marker of a list item; a rule of stars or dashes is none."""
    content = line.strip()
    if _columns(line) >= _CODE_INDENT or _RULE.match(content):
        return None
    return _MARKER.match(content)


def _fence(content: str) -> re.Match[str] | None:
    match = _FENCE.match(content)
    # Backticks later in the line make it a code span.
    return match if match and not (content[0] == "`" and "`" in match[2]) else None


def _closes(line: str, fence: str) -> bool:
    content = line.strip()
    same = content.startswith(fence) and not content.strip(fence[0])
    return same and _columns(line) < _CODE_INDENT


def _add_code(parent: Element, lines: list[str], *, language: str = "") -> None:
    code = SubElement(SubElement(parent, "pre"), "code")
    if language:
        code.set("class", f"language-{language}")
    code.text = "".join(f"{line}\n" for line in lines)


def _columns(line: str) -> int:
    """How many columns of blanks a line begins with; a tab reaches to the next multiple of four."""
    indent = _INDENT.match(line)
    return len(indent[0].expandtabs(_CODE_INDENT)) if indent else 0


def _dedented(line: str, columns: int) -> str:
    """The line with so many columns of blanks less, or as many as it has."""
    content = line.lstrip(" \t")
    indent = line[: len(line) - len(content)]
    if "\t" not in indent or not columns:
        return line[min(columns, len(indent)) :]
    return " " * max(_columns(indent) - columns, 0) + content
