"""Tables of a post (specification §9).

Each line begins with a bar, or none needs to: then every "|" stands between two cells, the last one too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from .indents import BLANKS

MOST_COLUMNS = 64
# Short rows are filled up with empty cells, but a few letters must not become a page of them.
MOST_ADDED_CELLS = 1000

_BAR = re.compile(r"(?<!\\)\|")
_LINE_BELOW = re.compile(r"(?:(\|)[ \t]*+[-:]|[-:]++[ \t]*+\|)[-|: \t]*+\Z")
_ALIGNMENTS = {(True, True): "center", (True, False): "left", (False, True): "right"}
_DASHES = re.compile(r"(:?)-++(:?)\Z")


@dataclass(frozen=True)
class Head:
    """The first two lines of a table: its titles, and how each column is aligned, "" where nobody says so."""

    titles: list[str]
    aligned: list[str]
    has_bars_outside: bool

    def has_row(self, line: str) -> bool:
        """Whether a line below belongs to the table."""
        return line.lstrip(BLANKS).startswith("|") if self.has_bars_outside else "|" in line

    def cells(self, row: str) -> list[str]:
        """The texts of a row below, as they were written."""
        return _cells(row, has_bars_outside=self.has_bars_outside)


def head(titles: str, below: str) -> Head | None:
    """The head of the table that two lines begin, if they do."""
    titles, below = titles.strip(BLANKS), below.strip(BLANKS)
    match = _LINE_BELOW.match(below)
    if not match:
        return None
    is_outside = bool(match[1])
    if not (titles.startswith("|") if is_outside else "|" in titles[1:]):
        return None
    cells = _cells(titles, has_bars_outside=is_outside)
    marks = _cells(below, has_bars_outside=True)
    return (
        Head(cells, list(map(_alignment, marks)), is_outside)
        if len(cells) <= MOST_COLUMNS
        else None
    )


def table(begin: Head, rows: Iterable[str]) -> Element:
    """The table; the text of its cells is still as it was written, and all that were written are there."""
    element = Element("table")
    _add_row(SubElement(element, "thead"), "th", begin.titles, begin.aligned)
    body = None
    left = MOST_ADDED_CELLS
    for row in rows:
        if body is None:
            body = SubElement(element, "tbody")
        cells = begin.cells(row)
        added = min(max(len(begin.titles) - len(cells), 0), left)
        left -= added
        _add_row(body, "td", cells + [""] * added, begin.aligned)
    return element


def _cells(row: str, *, has_bars_outside: bool) -> list[str]:
    row = row.strip(BLANKS)
    cells = [cell.strip(BLANKS).replace("\\|", "|") for cell in _BAR.split(row)]
    if not has_bars_outside:
        return cells
    begin = 1 if row.startswith("|") else 0
    end = len(cells) - (1 if len(cells) > begin + 1 and not cells[-1] else 0)
    return cells[begin:end]


def _alignment(mark: str) -> str:
    match = _DASHES.match(mark)
    return _ALIGNMENTS.get((bool(match[1]), bool(match[2])), "") if match else ""


def _add_row(parent: Element, tag: str, cells: list[str], aligned: list[str]) -> None:
    row = SubElement(parent, "tr")
    for number, text in enumerate(cells):
        side = aligned[number] if number < len(aligned) else ""
        SubElement(row, tag, {"align": side} if side else {}).text = text
