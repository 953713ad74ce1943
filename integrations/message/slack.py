"""Slack's markup in the Markdown of posts: announcements, people, links (specification §2.7).

What stands in code is left alone. Every pattern is linear in the length of the text: strangers write it.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from channels_app.posts.attachments import Attachment, Field

UsernameOf = Callable[[str], str | None]

# Stands for a stretch of code while the rest is translated.
_MASK = "\0"

_ANNOUNCEMENT = re.compile(r"<!(channel|here|all)>")
_USER_ID = re.compile(r"<@([A-Za-z0-9]{26})>")
# Neither link runs across a second bar or a ">", which would take the wrong words for its label.
# In an attachment the label may go on in the next line.
_LINK = re.compile(r"<([^\n<|>\0]++)\|([^\n|>]++)>")
_LINK_OVER_LINES = re.compile(r"<([^<|>\0]++)\|([^|>]++)>")

# Of blocks alone: names with a label, quotes, and marks around words, which may hold links but end with
# their line.
_NAMED = re.compile(r"<([!#@])([^<>|\n\0]*+)\|([^<>|\n]++)>")
_EVERYBODY = {"channel": "channel", "here": "here", "all": "all", "everyone": "all"}
_ESCAPED_QUOTE = re.compile(r"^&gt;", re.MULTILINE)
_STYLE = (
    r"<[^<>\n]++>|(?<![\w{0}])({0})(?=[^\s{0}])((?:<[^<>\n]++>|[^{0}\n])++)(?<!\s){0}(?![\w{0}])"
)
_BOLD, _STRIKE = re.compile(_STYLE.format(r"\*")), re.compile(_STYLE.format("~"))

_FENCE = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)([^\n]*+)$", re.MULTILINE)
_TICKS_OR_BLANK_LINE = re.compile(r"`++|\n[ \t]*+\n")


def to_markdown(text: str, *, username_of: UsernameOf) -> str:
    """Translate the text of a message. `username_of` answers None for an id that no user has."""
    translate = partial(_translate, username_of=username_of, link=_LINK)
    return _translated(text, translate)


def attachment_to_markdown(attachment: Attachment, *, username_of: UsernameOf) -> Attachment:
    """Translate pretext, text and field values, and the title but for links; no other part."""
    full = partial(_translate, username_of=username_of, link=_LINK_OVER_LINES)
    return replace(
        attachment,
        pretext=_translated(attachment.pretext, full),
        text=_translated(attachment.text, full),
        title=_translated(attachment.title, partial(_name, username_of=username_of)),
        fields=tuple(_field_to_markdown(field, full) for field in attachment.fields),
    )


def mrkdwn_to_markdown(text: str) -> str:
    """Translate what only Block Kit says to be Slack's language: bold, strike, quotes, blocks of code, and
    what names a channel, a group or a date. Links, people and announcements are left to `to_markdown`.
    """
    pieces = _ESCAPED_QUOTE.sub(">", text).split("```")
    if len(pieces) % 2 == 0:  # the last mark closes nothing
        pieces[-2:] = ["```".join(pieces[-2:])]
    return "".join(
        _block_of_code(piece) if number % 2 else _outside_code(piece, _styled, html.unescape)
        for number, piece in enumerate(pieces)
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
    return replace(field, value=_translated(field.value, translate))


def _block_of_code(text: str) -> str:
    """Between three backticks Slack takes the words of the first line for code, Markdown for a language."""
    code = html.unescape(text)
    return f"\n```\n{code.strip(chr(10))}\n```\n" if "\n" in code else f"```{code}```"


def _styled(text: str) -> str:
    text = _NAMED.sub(_name_of, text).replace("<!everyone>", "@all")
    return _STRIKE.sub(_doubled, _BOLD.sub(_doubled, text))


def _doubled(found: re.Match[str]) -> str:
    """Markdown's marks are two where Slack's is one; what stands in brackets has none."""
    mark = (found[1] or "") * 2
    return f"{mark}{found[2]}{mark}" if mark else found[0]


def _name_of(found: re.Match[str]) -> str:
    sign, name, label = found.groups()
    if sign == "#":
        return f"~{label}"
    return f"@{_EVERYBODY[name]}" if sign == "!" and name in _EVERYBODY else label


def _translate(text: str, *, username_of: UsernameOf, link: re.Pattern[str]) -> str:
    return link.sub(r"[\2](\1)", _name(text, username_of=username_of))


def _name(text: str, *, username_of: UsernameOf) -> str:
    def mention(found: re.Match[str]) -> str:
        username = username_of(found[1])
        return f"@{username}" if username else found[0]

    return _USER_ID.sub(mention, _ANNOUNCEMENT.sub(r"@\1", text))


def _translated(text: str, translate: Callable[[str], str]) -> str:
    return _outside_code(text, translate) if "<" in text else text


def _outside_code(
    text: str, translate: Callable[[str], str], translate_code: Callable[[str], str] = str
) -> str:
    if "`" not in text and "~~~" not in text:
        return translate(text)
    text = text.replace(_MASK, "")  # no post can hold it anyway
    stretches, plain, position = [], [], 0
    for start, end in _code(text):
        stretches.append(translate_code(text[start:end]))
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
