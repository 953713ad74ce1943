"""Slack's markup in the Markdown of posts: announcements, people, links (specification §2.7).

What stands in code is left alone. Every pattern is linear in the length of the text: strangers write it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from channels_app.attachments import Attachment, Field

UsernameOf = Callable[[str], str | None]

# Stands for a stretch of code while the rest is translated.
_MASK = "\0"

_ANNOUNCEMENT = re.compile(r"<!(channel|here|all)>")
_USER_ID = re.compile(r"<@([A-Za-z0-9]{26})>")
# Neither link runs across a second bar or a ">", which would take the wrong words for its label.
# In an attachment the label may go on in the next line.
_LINK = re.compile(r"<([^\n<|>\0]++)\|([^\n|>]++)>")
_LINK_OVER_LINES = re.compile(r"<([^<|>\0]++)\|([^|>]++)>")

_FENCE = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)([^\n]*+)$", re.MULTILINE)
_TICKS_OR_BLANK_LINE = re.compile(r"`++|\n[ \t]*+\n")


def to_markdown(text: str, *, username_of: UsernameOf) -> str:
    """Translate the text of a message. `username_of` answers None for an id that no user has."""
    return _outside_code(text, partial(_translate, username_of=username_of, link=_LINK))


def attachment_to_markdown(attachment: Attachment, *, username_of: UsernameOf) -> Attachment:
    """Translate pretext, text and field values, and the title but for links; no other part."""
    full = partial(_translate, username_of=username_of, link=_LINK_OVER_LINES)
    return replace(
        attachment,
        pretext=_outside_code(attachment.pretext, full),
        text=_outside_code(attachment.text, full),
        title=_outside_code(attachment.title, partial(_name, username_of=username_of)),
        fields=tuple(_field_to_markdown(field, full) for field in attachment.fields),
    )


def user_ids(text: str) -> set[str]:
    """The ids in `<@id>`, whether or not users have them: to look them all up at once."""
    return set(_USER_ID.findall(text)) if "<@" in text else set()


def attachment_user_ids(attachment: Attachment) -> set[str]:
    """The ids in all parts of an attachment that are translated."""
    texts = [attachment.pretext, attachment.text, attachment.title]
    texts += [field.value for field in attachment.fields if isinstance(field.value, str)]
    return set().union(*map(user_ids, texts))


def _field_to_markdown(field: Field, translate: Callable[[str], str]) -> Field:
    if not isinstance(field.value, str):
        return field
    return replace(field, value=_outside_code(field.value, translate))


def _translate(text: str, *, username_of: UsernameOf, link: re.Pattern[str]) -> str:
    return link.sub(r"[\2](\1)", _name(text, username_of=username_of))


def _name(text: str, *, username_of: UsernameOf) -> str:
    def mention(found: re.Match[str]) -> str:
        username = username_of(found[1])
        return f"@{username}" if username else found[0]

    return _USER_ID.sub(mention, _ANNOUNCEMENT.sub(r"@\1", text))


def _outside_code(text: str, translate: Callable[[str], str]) -> str:
    if "<" not in text:
        return text
    if "`" not in text and "~~~" not in text:
        return translate(text)
    text = text.replace(_MASK, "")  # no post can hold it anyway
    stretches, plain, position = [], [], 0
    for start, end in _code(text):
        stretches.append(text[start:end])
        plain.append(text[position:start])
        position = end
    plain.append(text[position:])
    # A link swaps its two halves, but only the label may hold code: the stretches stay in order.
    taken_out = iter(stretches)
    return re.sub(_MASK, lambda _: next(taken_out), translate(_MASK.join(plain)))


def _code(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for start, end in _fenced_blocks(text):
        yield from _code_spans(text, position, start)
        yield start, end
        position = end
    yield from _code_spans(text, position, len(text))


def _fenced_blocks(text: str) -> Iterator[tuple[int, int]]:
    opening: re.Match[str] | None = None
    for line in _FENCE.finditer(text):
        if opening is None:
            opening = line if line[1][0] == "~" or "`" not in line[2] else None
        elif line[1].startswith(opening[1]) and not line[2].strip():
            yield opening.start(), line.end()
            opening = None


def _code_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of backticks and the next run of the same length, within a paragraph."""
    marks = list(_TICKS_OR_BLANK_LINE.finditer(text, start, end))
    closing: list[int] = []
    nearest: dict[int, int] = {}
    for mark in reversed(marks):
        if mark[0][0] == "\n":
            nearest.clear()
            closing.append(0)
        else:
            closing.append(nearest.get(len(mark[0]), 0))
            nearest[len(mark[0])] = mark.end()
    position = start
    for mark, close in zip(marks, reversed(closing), strict=True):
        escaped = mark.start() > start and text[mark.start() - 1] == "\\"
        if close and mark.start() >= position and not escaped:
            yield mark.start(), close
            position = close
