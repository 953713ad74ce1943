"""Items of lists: where they begin, and which lines belong to them (specification §9)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from . import fences
from .indents import columns, dedented

# An empty item needs its blank: a dash alone is text. So is "1)".
_MARKER = re.compile(r"[ \t]*+(?:[-*+]|(\d{1,9}+)\.)([ \t]++)")
_RULE = re.compile(r"(?:(?:\*[ \t]*+){3,}+|(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+)\Z")


@dataclass(frozen=True)
class Marker:
    """What makes a line the first of an item, in columns: a number, or a bullet that has none."""

    indent: int
    width: int
    number: int | None
    content: str

    @property
    def is_ordered(self) -> bool:
        """Is it a number?"""
        return self.number is not None

    def belongs_to_list_of(self, first: "Marker") -> bool:
        """Does the item belong to the list that another began? Different bullets make no difference."""
        return (self.indent, self.is_ordered) == (first.indent, first.is_ordered)


def marker(line: str) -> Marker | None:
    """The marker of an item; a rule of stars or dashes is none."""
    match = _MARKER.match(line)
    if not match or is_rule(line):
        return None
    mark = match[0].strip()
    indent = columns(line)
    return Marker(
        indent=indent,
        width=indent + len(mark) + columns(match[2]),
        number=int(match[1]) if match[1] else None,
        content=line[match.end() :],
    )


def is_rule(line: str) -> bool:
    """Whether a line is one of three or more equal stars, dashes or bars."""
    return bool(_RULE.match(line.strip(" \t")))


def item(
    lines: list[str], at: int, begin: Marker, *, ends: Callable[[int], bool]
) -> tuple[list[str], int]:
    """The lines of an item without their indent, and the line behind the last of them.

    A line without any indent belongs to it from the third on; `ends` tells where lists end in any case.
    """
    inner = _Inner(begin)
    number = at + 1
    while number < len(lines):
        line = lines[number]
        if not line.strip():
            following = after_blank(lines, number)
            if following == len(lines) or not inner.reaches_over(
                following - number, lines[following]
            ):
                break
            inner.lines += [""] * (following - number)
            number = following
            continue
        if _is_outside(line, begin) or ends(number):
            break
        if number == at + 1 and not columns(line) and not _follows(lines, number, begin):
            break
        inner.add(line)
        number += 1
    return inner.lines, number


def after_blank(lines: list[str], at: int) -> int:
    """The next line that holds something, or the end."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


class _Inner:
    """The lines of an item as they are gathered, and the code fence open in them."""

    def __init__(self, begin: Marker) -> None:
        self._width = begin.width
        self._fence = ""
        self.lines: list[str] = []
        self._keep(begin.content)

    def add(self, line: str) -> None:
        """Keep a line without the indent of the item."""
        self._keep(dedented(line, self._width))

    def reaches_over(self, blank_lines: int, following: str) -> bool:
        """Whether the item goes on behind blank lines: indented behind one; code behind any number."""
        is_indented = columns(following) > 0
        return is_indented and (blank_lines == 1 or bool(self._fence))

    def _keep(self, line: str) -> None:
        self.lines.append(line)
        if self._fence:
            self._fence = "" if fences.closes(line, self._fence) else self._fence
        elif opening := fences.opening_of(line):
            self._fence = opening[1]


def _follows(lines: list[str], at: int, begin: Marker) -> bool:
    """Whether the second line of an item belongs to it without an indent: if the first one is blank, and if
    it is a single sign before the next item or the end.
    """
    is_last = at + 1 == len(lines) or _is_outside(lines[at + 1], begin)
    return not begin.content or (is_last and len(lines[at]) == 1)


def _is_outside(line: str, begin: Marker) -> bool:
    """Whether a line is the next item, or a rule between two lists."""
    if columns(line) not in (0, begin.indent):
        return False
    following = marker(line)
    return is_rule(line) or bool(following and following.indent == begin.indent)
