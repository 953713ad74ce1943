"""Slack's `rich_text` block as Markdown: sections, lists, quotes, code, and what stands in their lines."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from channels_app.text import emoji
from mattermost_hooks.json_object import JsonObject

from . import markdown_writing as writing

DEEPEST_LIST = 8
LARGEST_OFFSET = 999_999
# Code points; the longest emoji there are have ten.
LONGEST_EMOJI = 12

_JOINER = "\u200d"
_OUR_USER_ID = re.compile(r"[A-Za-z0-9]{26}")
_EVERYBODY = {"here": "@here", "channel": "@channel", "everyone": "@all"}
# Style → the marks around a text; the order is that of the marks from outside.
_MARKS = {"strike": "~~", "bold": "**", "italic": "_"}
# What means something only where a word may begin and end.
_WORDS = frozenset({"broadcast", "emoji", "user"})


def to_markdown(block: JsonObject) -> list[str]:
    """The paragraphs of a block of the type `rich_text`. Raises WrongType naming the field."""
    elements = (JsonObject(item, path=path) for path, item in block.items("elements"))
    paragraphs: list[str] = []
    for is_list, some in groupby(elements, key=lambda one: one.text("type") == "rich_text_list"):
        if is_list:
            paragraphs.append("\n".join(_lists(some)))
        else:
            paragraphs += (_PARAGRAPHS.get(one.text("type"), _unknown)(one) for one in some)
    return [paragraph for paragraph in paragraphs if paragraph.strip()]


def _lists(elements: Iterable[JsonObject]) -> Iterator[str]:
    """The lines of lists that follow each other: each is nested in the nearest one that is indented less."""
    open_indents: list[int] = []
    for element in elements:
        indent = element.number("indent")
        while open_indents and open_indents[-1] >= indent:
            open_indents.pop()
        margin = "    " * min(len(open_indents), DEEPEST_LIST)
        open_indents.append(indent)
        is_ordered = element.text("style") == "ordered"
        number = min(max(element.number("offset"), 0), LARGEST_OFFSET)
        for path, item in element.items("elements"):
            number += 1
            text = _items(JsonObject(item, path=path)).strip()
            mark = f"{number}." if is_ordered else "-"
            yield f"{margin}{mark} " + text.replace("\n", f"\n{margin}  ")


def _unknown(element: JsonObject) -> str:
    return writing.not_shown("an element", element.text("type"))


def _section(element: JsonObject) -> str:
    return _items(element).strip("\n")


def _quote(element: JsonObject) -> str:
    text = _section(element)
    return writing.quoted(text) if text.strip() else ""


def _preformatted(element: JsonObject) -> str:
    pieces = (JsonObject(item, path=path) for path, item in element.items("elements"))
    text = "".join(piece.text("text") or piece.text("url") for piece in pieces)
    return writing.fenced(text) if text.strip() else ""


_PARAGRAPHS: dict[str, Callable[[JsonObject], str]] = {
    "rich_text_section": _section,
    "rich_text_quote": _quote,
    "rich_text_preformatted": _preformatted,
}


@dataclass(frozen=True)
class _Item:
    """Something in a line, with the marks that stand around it."""

    text: str
    is_word: bool
    marks: tuple[str, ...]


def _items(element: JsonObject) -> str:
    """What stands in the lines of an element."""
    items = list(_read_items(element))
    runs = groupby(items, key=lambda item: item.marks)
    styled = [_styled_run(marks, list(run)) for marks, run in runs]
    return writing.plain_lines(_together(styled))


def _read_items(element: JsonObject) -> Iterator[_Item]:
    for path, value in element.items("elements"):
        given = JsonObject(value, path=path)
        kind = given.text("type")
        style = JsonObject(given.mapping("style"), path=given.path_of("style"))
        text = _INLINE.get(kind, _unknown)(given)
        if style.switch("code") and kind in ("text", "link"):
            text = _coded(given, kind)
        marks = tuple(mark for name, mark in _MARKS.items() if style.switch(name))
        if text:
            yield _Item(text, kind in _WORDS, marks)


def _styled_run(marks: tuple[str, ...], run: list[_Item]) -> _Item:
    text = _together(run)
    for mark in reversed(marks):
        text = writing.marked(text, mark)
    # Marks make a border themselves.
    return _Item(text, not marks and (run[0].is_word or run[-1].is_word), marks)


def _together(items: Iterable[_Item]) -> str:
    """The items in a row, with a blank where a word would run into the next one."""
    parts: list[str] = []
    was_word = False
    for item in items:
        if parts and _collide(parts[-1][-1], item.text[0], beside_word=was_word or item.is_word):
            parts.append(" ")
        parts.append(item.text)
        was_word = item.is_word
    return "".join(parts)


def _collide(before: str, after: str, *, beside_word: bool) -> bool:
    if not beside_word:
        return before == after == "`"
    return (before.isalnum() or before in ":_") and (after.isalnum() or after in ":_@<")


def _coded(given: JsonObject, kind: str) -> str:
    text = given.text("text")
    return (
        writing.code(text)
        if kind == "text"
        else writing.link(given.text("url"), writing.code(text))
    )


def _text(given: JsonObject) -> str:
    return writing.plain_words(given.text("text"))


def _link(given: JsonObject) -> str:
    return writing.link(given.text("url"), writing.label_of(given.text("text")))


def _user(given: JsonObject) -> str:
    user_id = given.text("user_id")
    # An id of ours is translated like that of a text. Slack's would mention whoever is called so here.
    return f"<@{user_id}>" if _OUR_USER_ID.fullmatch(user_id) else writing.code(f"@{user_id}")


def _emoji(given: JsonObject) -> str:
    name = re.sub(r"[^\w+-]", "", given.text("name"))
    if emoji.character(name) is None and (character := _character(given.text("unicode"))):
        return character
    return f":{name}:" if name else ""


def _character(code_points: str) -> str:
    """The character of code points in hex, joined by "-"; "" for anything else."""
    try:
        found = "".join(chr(int(point, 16)) for point in code_points.split("-")[:LONGEST_EMOJI])
    except (ValueError, OverflowError):
        return ""
    return found if found.replace(_JOINER, "").isprintable() else ""


def _broadcast(given: JsonObject) -> str:
    return _EVERYBODY.get(given.text("range"), "") or _unknown(given)


def _date(given: JsonObject) -> str:
    shown = given.text("fallback") or _moment(given.value("timestamp"))
    return writing.link(given.text("url"), writing.label_of(shown)) or _unknown(given)


def _moment(timestamp: object) -> str:
    if not isinstance(timestamp, int | float) or isinstance(timestamp, bool):
        return ""
    try:
        return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return str(timestamp)


def _named(key: str, sign: str) -> Callable[[JsonObject], str]:
    """Something of Slack's that is unknown here is shown by its id, as code: it names nothing of ours."""

    def read(given: JsonObject) -> str:
        name = given.text(key)
        return writing.code(f"{sign}{name}") if name else ""

    return read


_INLINE: dict[str, Callable[[JsonObject], str]] = {
    "text": _text,
    "link": _link,
    "user": _user,
    "emoji": _emoji,
    "broadcast": _broadcast,
    "date": _date,
    "channel": _named("channel_id", "#"),
    "usergroup": _named("usergroup_id", "@"),
    "color": _named("value", ""),
}
