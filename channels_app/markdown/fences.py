"""Fences of code among some lines: where they begin and end (specification §9)."""

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate

from .indents import BLANKS, OF_CODE, columns

_OPENING = re.compile(r"(`{3,}+|~{3,}+)([^`~]*+)\Z")
_CLOSING = re.compile(r"(?:`{3,}|~{3,})\Z")
_TICKS = re.compile(r"`{3,}+")


@dataclass(frozen=True)
class Fence:
    """A block of code in the lines from `begin` to `end`, `following` the line behind it; `note` is what
    stands behind its first marks.
    """

    note: str
    begin: int
    end: int
    following: int


class _Closings:
    """The lines that could close a fence of one mark, and how long they are."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.lengths: list[int] = []
        self.longest_left: list[int] = []

    def finish(self) -> None:
        """Note for each line how long the longest is from there on: a look at one number tells whether a
        fence is closed at all.
        """
        self.longest_left = list(accumulate(reversed(self.lengths), max))[::-1]

    def first(self, length: int, *, behind: int) -> int | None:
        """The first line behind another that is long enough."""
        at = bisect_right(self.places, behind)
        if at == len(self.places) or self.longest_left[at] < length:
            return None
        while self.lengths[at] < length:
            at += 1
        return self.places[at]


class Fences:
    """The fences among the lines of a text, a quote or an item; all that is asked for again and again is
    gathered once.
    """

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._closings = {"`": _Closings(), "~": _Closings()}
        self._spans: dict[int, list[int]] = defaultdict(list)
        self._blanks: list[int] = []
        self._last = -1
        for number, line in enumerate(lines):
            self._note(number, line)
        for closings in self._closings.values():
            closings.finish()

    def at(self, number: int, *, paragraph: int) -> Fence | None:
        """The block that a line opens, for a paragraph that would begin or began in line `paragraph`.

        What nothing closes goes on to the end, but for ticks that make a span of code in the paragraph.
        """
        opening = opening_of(self._lines[number])
        if not opening or number >= self._last:
            return None
        marks = opening[1]
        end = self._closings[marks[0]].first(len(marks), behind=number)
        if end is None and marks[0] == "`" and self._makes_span(number, len(marks), paragraph):
            return None
        count = len(self._lines)
        note = opening[2].strip()
        if end is None:
            return Fence(note, number + 1, end=count, following=count)
        return Fence(note, number + 1, end=end, following=end + 1)

    def _note(self, number: int, line: str) -> None:
        content = line.strip(BLANKS)
        if not content:
            self._blanks.append(number)
            return
        self._last = number
        if "```" not in line and "~~~" not in line:
            return
        if _CLOSING.match(content) and columns(line) < OF_CODE:
            closings = self._closings[content[0]]
            closings.places.append(number)
            closings.lengths.append(len(content))
        for ticks in _TICKS.findall(line):
            self._spans[len(ticks)].append(number)

    def _makes_span(self, number: int, length: int, paragraph: int) -> bool:
        """Whether ticks of the same number stand open before the line, or follow before a blank line."""
        same = self._spans[length]
        here = bisect_right(same, number)
        before = here - bisect_right(same, paragraph - 1) - 1
        if before % 2:
            return True
        blank = bisect_right(self._blanks, number)
        end = self._blanks[blank] if blank < len(self._blanks) else len(self._lines)
        return here < len(same) and same[here] < end


def opening_of(line: str) -> re.Match[str] | None:
    """The marks that may open a fence and what stands behind them; ticks later in the line make a span."""
    return _OPENING.match(line.strip(BLANKS)) if columns(line) < OF_CODE else None


def closes(line: str, marks: str) -> bool:
    """Whether a line closes a fence that such marks opened."""
    content = line.strip(BLANKS)
    return content.startswith(marks) and not content.strip(marks[0]) and columns(line) < OF_CODE
