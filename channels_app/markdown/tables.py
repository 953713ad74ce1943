"""Tables of a post (specification §9)."""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

MOST_COLUMNS = 64
# Short rows are filled up with empty cells, but a few letters must not become a page of them.
MOST_ADDED_CELLS = 1000

_BAR = re.compile(r"(?<!\\)\|")
_DELIMITER = re.compile(r":?-++:?\Z")


def alignments(header: str, below: str) -> list[str]:
    """The alignment of each column, "" where none is asked for; no column if this begins no table."""
    if "|" not in header + below or set(below) - set("|:- \t"):
        return []
    marks = _cells(below)
    if not all(map(_DELIMITER.match, marks)) or len(marks) != len(_cells(header)):
        return []
    return [_alignment(mark) for mark in marks] if len(marks) <= MOST_COLUMNS else []


def table(header: str, rows: Iterable[str], aligned: list[str]) -> Element:
    """The table; the text of its cells is still as it was written."""
    element = Element("table")
    _add_row(SubElement(element, "thead"), "th", _cells(header), aligned)
    body = None
    left = MOST_ADDED_CELLS
    for row in rows:
        if body is None:
            body = SubElement(element, "tbody")
        cells = _cells(row)[: len(aligned)]
        added = min(len(aligned) - len(cells), left)
        left -= added
        _add_row(body, "td", cells + [""] * added, aligned)
    return element


def _cells(row: str) -> list[str]:
    row = row.strip().removeprefix("|")
    cells = [cell.strip().replace("\\|", "|") for cell in _BAR.split(row)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _alignment(mark: str) -> str:
    if mark.startswith(":"):
        return "center" if mark.endswith(":") else "left"
    return "right" if mark.endswith(":") else ""


def _add_row(parent: Element, tag: str, cells: list[str], aligned: list[str]) -> None:
    row = SubElement(parent, "tr")
    for text, side in zip(cells, aligned, strict=False):
        cell = SubElement(row, tag, {"align": side} if side else {})
        cell.text = text
