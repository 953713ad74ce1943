"""Slack's Block Kit as Markdown: what a payload says in `blocks` becomes text that people can read."""

import html
import re
from collections.abc import Callable, Iterator, Sequence

from mattermost_hooks.json_object import JsonObject

from . import markdown_writing as writing
from . import rich_text, slack

# Slack takes fifty. Each one is at least a paragraph.
MOST_BLOCKS = 1000

_RULE = "---"
_ICON_SIZE = "20x20"
# What is no markup in either language.
_TOKEN = re.compile(r"[^\s*_~`#>\[\]()|<!]+")


def added_to(text: str, given: JsonObject) -> str:
    """A text with the paragraphs that the field `blocks` beside it adds; those that only repeat it add nothing.

    Raises WrongType naming the field for JSON of another shape. What is of an unknown type leaves a note.
    """
    items = list(given.items("blocks"))
    if not items:
        return text
    if len(items) > MOST_BLOCKS:
        raise given.refusal("blocks", f"must have at most {MOST_BLOCKS} entries")
    read = (_paragraphs(JsonObject(item, path=path)) for path, item in items)
    paragraphs = [paragraph for some in read for paragraph in some if paragraph.strip()]
    new = _news(text, paragraphs)
    if all(paragraph == _RULE for paragraph in new):
        return text
    return "\n\n".join([text, *new] if text.strip() else new)


def in_parts(text: str, longest: int) -> list[str]:
    """A text in parts of at most so many characters, cut between paragraphs or lines where there are any."""
    parts, at = [], 0
    while len(text) - at > longest:
        ends = (text.rfind(end, at, at + longest) for end in ("\n\n", "\n"))
        end = next((found for found in ends if found > at), at + longest)
        parts.append(text[at:end])
        at = end
        while text.startswith("\n", at):
            at += 1
    return [*parts, text[at:]] if at < len(text) else parts


def _news(text: str, paragraphs: Sequence[str]) -> list[str]:
    """The paragraphs whose words are not those of the text, or of whole lines of it."""
    said = _words("\n".join(one for one in paragraphs if one != _RULE))
    if said and said == _words(text):
        return []
    lines = set(_lines(text))
    return [one for one in paragraphs if one == _RULE or not _only_repeats(one, lines)]


def _only_repeats(paragraph: str, lines: set[str]) -> bool:
    own = list(_lines(paragraph))
    return bool(own) and lines.issuperset(own)


def _lines(text: str) -> Iterator[str]:
    return filter(None, map(_words, text.split("\n")))


def _words(text: str) -> str:
    return " ".join(_TOKEN.findall(html.unescape(text).replace("\\", "").casefold()))


def _paragraphs(block: JsonObject) -> list[str]:
    kind = block.text("type")
    reader = _BLOCKS.get(kind)
    return reader(block) if reader else [writing.not_shown("a block", kind)]


def _section(block: JsonObject) -> list[str]:
    fields = (_text_object(item, path=path) for path, item in block.items("fields"))
    return [_text(block, "text"), *fields, *_optional_element(block, "accessory")]


def _header(block: JsonObject) -> list[str]:
    text = " ".join(_text(block, "text").split())
    return [f"### {text}"] if text else []


def _context(block: JsonObject) -> list[str]:
    return [" ".join(_elements(block, icons=True))]


def _actions(block: JsonObject) -> list[str]:
    return [" · ".join(_elements(block))]


def _divider(_: JsonObject) -> list[str]:
    return [_RULE]


def _image(block: JsonObject) -> list[str]:
    return [_text(block, "title"), _picture(block)]


def _markdown(block: JsonObject) -> list[str]:
    return [block.text("text")]


_BLOCKS: dict[str, Callable[[JsonObject], list[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
    "markdown": _markdown,
    "rich_text": rich_text.to_markdown,
}


def _text(given: JsonObject, name: str) -> str:
    """The text object in a field as Markdown; "" without one."""
    value = given.value(name)
    return "" if value is None else _text_object(value, path=given.path_of(name))


def _text_object(value: object, *, path: str) -> str:
    given = JsonObject(value, path=path)
    text = given.text("text")
    return slack.mrkdwn_to_markdown(text) if given.text("type") == "mrkdwn" else writing.plain(text)


def _optional_element(given: JsonObject, name: str) -> list[str]:
    value = given.value(name)
    return [] if value is None else [_element(JsonObject(value, path=given.path_of(name)))]


def _elements(block: JsonObject, *, icons: bool = False) -> list[str]:
    """What an element says; pictures of a line of context are icons."""
    given = (JsonObject(item, path=path) for path, item in block.items("elements"))
    size = _ICON_SIZE if icons else ""
    return [shown for one in given if (shown := _element(one, picture_size=size))]


def _element(given: JsonObject, *, picture_size: str = "") -> str:
    kind = given.text("type")
    if kind == "image":
        return _picture(given, size=picture_size)
    if kind in ("mrkdwn", "plain_text"):
        text = given.text("text")
        return slack.mrkdwn_to_markdown(text) if kind == "mrkdwn" else writing.plain(text)
    label = _label(given, "text") or _label(given, "placeholder")
    if url := given.text("url"):
        return writing.link(url, label)
    return _control(given, kind, label)


def _control(given: JsonObject, kind: str, label: str) -> str:
    """A button or a menu that would call an application: its words, and what it is."""
    options = [JsonObject(item, path=path) for path, item in given.items("options")]
    choices = [writing.link(one.text("url"), _label(one, "text")) for one in options]
    words = ", ".join(filter(None, [label, *choices]))
    if not words:
        return writing.not_shown("an element", kind)
    return f"{words} ({writing.code(kind[: writing.LONGEST_TYPE]) or 'without a type'})"


def _label(given: JsonObject, name: str) -> str:
    value = given.value(name)
    if value is None:
        return ""
    return writing.label_of(JsonObject(value, path=given.path_of(name)).text("text"))


def _picture(given: JsonObject, *, size: str = "") -> str:
    alternative = given.text("alt_text")
    if url := given.text("image_url"):
        return writing.image(url, alternative, size=size)
    return f"{writing.label_of(alternative)} {writing.not_shown('a picture', 'slack_file')}".strip()
