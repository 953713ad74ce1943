"""Emphasis and strike: which stars, underscores and tildes belong together (specification §9).

Mattermost's reading where it loses no mark: a pair of stars is bold whatever stands around it. Runs wait on
a short stack: when it is full the oldest opening run stays plain text, so that time grows with the length
of a text alone and elements nest no deeper than the stack is high.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import cast
from unicodedata import category
from xml.etree.ElementTree import Element

MOST_OPEN = 16
LONGEST_RUN = 6

PATTERN = r"\*++|_++|~~++"

_STRIKE = "~~"
_TAGS = {1: "em", 2: "strong"}
# What may follow a closing underscore; other letters and signs, of Chinese too, belong to a word.
_AFTER_UNDERSCORE = re.compile(r"[\s!-/:-@\[-`{-~]|\Z")
_OPENING_BRACKETS = frozenset({"Ps", "Pi"})

type_of_node = str | Element


class Fit(IntEnum):
    """How well a run can be one end of emphasis where it stands."""

    NOT = 0
    # Two marks with a blank on their inner side: they need another two in the same line.
    LOOSELY = 1
    WELL = 2


@dataclass
class Delimiter:
    """A run of equal marks that may begin or end emphasis; `count` of them are not used up yet."""

    mark: str
    count: int
    opens: Fit
    closes: Fit
    is_in_brackets: bool

    def __post_init__(self) -> None:
        self.length = self.count

    @property
    def text(self) -> str:
        """The marks that stay visible."""
        return self.mark * self.count


type_of_piece = type_of_node | Delimiter


@dataclass(frozen=True)
class _Open:
    run: Delimiter
    at: int
    line: int


def delimiter(match: re.Match[str]) -> Delimiter | str:
    """What a match of PATTERN can be where it stands; its own text if it can only be that."""
    run, text = match[0], match.string
    if len(run) > LONGEST_RUN or (run[0] == "~" and run != _STRIKE):
        return run
    before = text[match.start() - 1 : match.start()] or " "
    after = text[match.end() : match.end() + 1] or " "
    is_in_brackets = category(before) in _OPENING_BRACKETS and after.isalnum()
    opens, closes = _fit(run, after), _fit(run, before)
    if is_in_brackets:
        # The second one of "f(**a) and g(**b)".
        closes = Fit.NOT
    if run[0] == "_":
        # Underscores inside a word belong to the word.
        opens = Fit.NOT if before.isalnum() else opens
        closes = closes if len(run) == 2 or _AFTER_UNDERSCORE.match(after) else Fit.NOT
    elif run == "*" and after in '"<':
        opens = Fit.NOT
    return Delimiter(run[0], len(run), opens, closes, is_in_brackets)


def paired(pieces: Iterable[type_of_piece]) -> list[type_of_node]:
    """The pieces with every pair of runs and what stands between them made one element."""
    done: list[type_of_piece] = []
    still_open: list[_Open] = []
    line = 0
    for piece in pieces:
        if isinstance(piece, Delimiter):
            _close(piece, done, still_open, line=line)
            if not piece.count:
                continue
            if piece.opens:
                del still_open[: len(still_open) - MOST_OPEN + 1]
                still_open.append(_Open(piece, len(done), line))
        elif isinstance(piece, Element) and piece.tag == "br":
            line += 1
        done.append(piece)
    return [_node(piece) for piece in done]


def append(parent: Element, nodes: Iterable[type_of_node]) -> None:
    """Put text and elements behind what `parent` holds already."""
    last = parent[-1] if len(parent) else None
    for is_text, some in groupby(nodes, key=lambda node: isinstance(node, str)):
        if not is_text:
            parent.extend(cast("Iterable[Element]", some))
            last = parent[-1]
            continue
        # Joined first: text that grows piece by piece is copied for each of them.
        text = "".join(cast("Iterable[str]", some))
        if last is None:
            parent.text = (parent.text or "") + text
        else:
            last.tail = (last.tail or "") + text


def _fit(run: str, inside: str) -> Fit:
    """How a run fits to the character on its inner side."""
    if not inside.isspace():
        return Fit.WELL
    return Fit.LOOSELY if len(run) == 2 and run != _STRIKE else Fit.NOT


def _close(
    closer: Delimiter, done: list[type_of_piece], still_open: list[_Open], *, line: int
) -> None:
    """Use up as much of a closing run as there are opening runs for it."""
    while closer.closes and closer.count:
        place = _place_of_opener(closer, still_open, line)
        if place is None:
            return
        opener, at = still_open[place].run, still_open[place].at
        used = 2 if min(opener.count, closer.count) >= 2 else 1
        element = Element("del" if closer.mark == "~" else _TAGS[used])
        append(element, [_node(piece) for piece in done[at + 1 :]])
        opener.count -= used
        closer.count -= used
        # What opened in between has nothing left to close it.
        del still_open[place + 1 if opener.count else place :]
        done[at + 1 if opener.count else at :] = [element]


def _place_of_opener(closer: Delimiter, still_open: list[_Open], line: int) -> int | None:
    """The nearest run of as many marks, or else the nearest."""
    nearest = None
    for place in range(len(still_open) - 1, -1, -1):
        opener = still_open[place].run
        if not _belong_together(opener, closer, is_one_line=still_open[place].line == line):
            continue
        if opener.count == closer.count:
            return place
        nearest = place if nearest is None else nearest
    return nearest


def _belong_together(opener: Delimiter, closer: Delimiter, *, is_one_line: bool) -> bool:
    if opener.mark != closer.mark:
        return False
    if opener.opens == closer.closes == Fit.WELL:
        return not _is_ambiguous(opener, closer)
    return is_one_line and opener.count == closer.count == 2 and not opener.is_in_brackets


def _is_ambiguous(opener: Delimiter, closer: Delimiter) -> bool:
    """CommonMark's rule of three: in `**a*b**` the single star does not close the pair."""
    if opener.mark == "~" or not (opener.closes or closer.opens):
        return False
    return (opener.length + closer.length) % 3 == 0 and closer.length % 3 != 0


def _node(piece: type_of_piece) -> type_of_node:
    return piece.text if isinstance(piece, Delimiter) else piece
