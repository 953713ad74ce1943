"""Emphasis and strike: which stars, underscores and tildes belong together (specification §9).

CommonMark's delimiter runs on a short stack: when it is full the oldest opening run stays plain text, so
that time grows with the length of a text alone and elements nest no deeper than the stack is high.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import cast
from xml.etree.ElementTree import Element

MOST_OPEN = 16
LONGEST_RUN = 6

PATTERN = r"\*++|_++|~~++"

_STRIKE = "~~"
_TAGS = {1: "em", 2: "strong"}

type_of_node = str | Element


@dataclass
class Delimiter:
    """A run of equal marks that may begin or end emphasis; `count` of them are not used up yet."""

    mark: str
    count: int
    opens: bool
    closes: bool

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


def delimiter(match: re.Match[str]) -> Delimiter | str:
    """What a match of PATTERN can be where it stands; its own text if it can only be that."""
    run, text = match[0], match.string
    mark = run[0]
    if len(run) > LONGEST_RUN or (mark == "~" and run != _STRIKE):
        return run
    before = text[match.start() - 1 : match.start()] or " "
    after = text[match.end() : match.end() + 1] or " "
    left = _leans(towards=after, away_from=before)
    right = _leans(towards=before, away_from=after)
    if mark != "_":
        return Delimiter(mark, len(run), opens=left, closes=right)
    # Underscores inside a word belong to the word.
    opens = left and (not right or _is_punctuation(before))
    closes = right and (not left or _is_punctuation(after))
    return Delimiter(mark, len(run), opens=opens, closes=closes)


def paired(pieces: Iterable[type_of_piece]) -> list[type_of_node]:
    """The pieces with every pair of runs and what stands between them made one element."""
    done: list[type_of_piece] = []
    still_open: list[_Open] = []
    for piece in pieces:
        if isinstance(piece, Delimiter):
            _close(piece, done, still_open)
            if not piece.count:
                continue
            if piece.opens:
                del still_open[: len(still_open) - MOST_OPEN + 1]
                still_open.append(_Open(piece, len(done)))
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


def _leans(*, towards: str, away_from: str) -> bool:
    """Whether a run touches a word on one side and could belong to it (CommonMark's flanking)."""
    if towards.isspace():
        return False
    if not _is_punctuation(towards):
        return True
    return away_from.isspace() or _is_punctuation(away_from)


def _is_punctuation(character: str) -> bool:
    return not (character.isalnum() or character.isspace())


def _close(closer: Delimiter, done: list[type_of_piece], still_open: list[_Open]) -> None:
    """Use up as much of a closing run as there are opening runs for it."""
    while closer.closes and closer.count:
        place = _place_of_opener(closer, still_open)
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


def _place_of_opener(closer: Delimiter, still_open: list[_Open]) -> int | None:
    for place in range(len(still_open) - 1, -1, -1):
        opener = still_open[place].run
        if opener.mark == closer.mark and not _is_ambiguous(opener, closer):
            return place
    return None


def _is_ambiguous(opener: Delimiter, closer: Delimiter) -> bool:
    """CommonMark's rule of three: in `**a*b**` the single star does not close the pair."""
    if opener.mark == "~" or not (opener.closes or closer.opens):
        return False
    return (opener.length + closer.length) % 3 == 0 and closer.length % 3 != 0


def _node(piece: type_of_piece) -> type_of_node:
    return piece.text if isinstance(piece, Delimiter) else piece
