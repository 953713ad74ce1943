"""Slack's rich text becomes Markdown that shows the same."""

from typing import Any

import pytest

from integrations.message import rich_text
from mattermost_hooks.json_object import JsonObject, WrongType
from tests import growth

OURS = "b" * 26


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words, "style": style}


def section(*items: object) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(items)}


def listed(*items: str, style: str = "bullet", **more: Any) -> dict[str, Any]:
    elements = [section(text(item)) for item in items]
    return {"type": "rich_text_list", "style": style, "elements": elements, **more}


def quote(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_quote", "elements": list(items)}


def preformatted(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_preformatted", "elements": list(items)}


def markdown(*elements: object) -> str:
    return "\n\n".join(rich_text.to_markdown(JsonObject({"elements": list(elements)})))


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([text("plain *stars* <!here>")], r"plain \*stars\* &lt;!here>"),
        ([text("a "), text("b", bold=True), text(" c")], "a **b** c"),
        ([text("x", bold=True, italic=True, strike=True)], "~~**_x_**~~"),
        ([text("a", bold=True), text(" - b\n- c")], "**a** - b\n\\- c"),
        ([text(" a\nb ", bold=True)], " **a**\n**b** "),
        ([text("a", bold=True), text("b", bold=True)], "**ab**"),
        ([text("x*y", code=True)], "`x*y`"),
        ([text("a", code=True), text("b", code=True, bold=True)], "`a`**`b`**"),
        ([text("a", code=True), text("b", code=True)], "`a` `b`"),
        ([{"type": "link", "url": "https://a.example"}], "<https://a.example>"),
        ([{"type": "link", "url": "https://a.example", "text": "b"}], "[b](https://a.example)"),
        (
            [{"type": "link", "url": "https://a", "text": "b", "style": {"bold": True}}],
            "**[b](https://a)**",
        ),
        (
            [{"type": "link", "url": "https://a", "text": "b", "style": {"code": True}}],
            "[`b`](https://a)",
        ),
        ([{"type": "user", "user_id": OURS}], f"<@{OURS}>"),
        ([{"type": "user", "user_id": "U123"}], "`@U123`"),
        ([{"type": "channel", "channel_id": "C123"}], "`#C123`"),
        ([{"type": "usergroup", "usergroup_id": "S123"}], "`@S123`"),
        ([{"type": "color", "value": "#F405B3"}], "`#F405B3`"),
        ([{"type": "broadcast", "range": "here"}], "@here"),
        ([{"type": "broadcast", "range": "channel"}], "@channel"),
        ([{"type": "broadcast", "range": "everyone"}], "@all"),
        ([{"type": "emoji", "name": "tada"}], ":tada:"),
        ([{"type": "emoji", "name": "unknown", "unicode": "1f44d-1f3fb"}], "👍🏻"),
        ([{"type": "emoji", "name": "unknown", "unicode": "d800"}], ":unknown:"),
        ([{"type": "emoji", "name": "unknown", "unicode": "no"}], ":unknown:"),
        ([text("done"), {"type": "emoji", "name": "tada"}, text("ok")], "done :tada: ok"),
        ([{"type": "emoji", "name": "tada"}, {"type": "emoji", "name": "fire"}], ":tada: :fire:"),
        ([text("("), {"type": "emoji", "name": "tada"}, text(")")], "(:tada:)"),
        ([text("cc"), {"type": "broadcast", "range": "here"}, text("now")], "cc @here now"),
        ([{"type": "date", "timestamp": 1720710212, "fallback": "July 11"}], "July 11"),
        ([{"type": "date", "timestamp": 1720710212, "format": "{date}"}], "2024-07-11 15:03 UTC"),
        (
            [{"type": "date", "timestamp": 1, "fallback": "then", "url": "https://a"}],
            "[then](https://a)",
        ),
        ([{"type": "date", "timestamp": 10**30}], str(10**30)),
        ([{"type": "date"}], "*Not shown: an element of the type `date`*"),
        ([{"type": "canvas"}], "*Not shown: an element of the type `canvas`*"),
        ([{}], "*Not shown: an element without a type*"),
        ([text(""), {"type": "emoji"}, {"type": "channel"}], ""),
    ],
)
def test_what_stands_in_a_line(items: list[dict[str, Any]], expected: str) -> None:
    assert markdown(section(*items)) == expected


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([section(text("a\n")), section(text("b"))], "a\n\nb"),
        ([listed("a", "b")], "- a\n- b"),
        ([listed("a", "b", style="ordered")], "1. a\n2. b"),
        ([listed("c", style="ordered", offset=2)], "3. c"),
        ([listed("two\nlines")], "- two\n  lines"),
        ([listed("# a\n1. b")], "- \\# a\n  1\\. b"),
        (
            [listed("a"), listed("b", style="ordered", indent=1), listed("c")],
            "- a\n    1. b\n- c",
        ),
        (
            [listed("a"), listed("b", indent=1), listed("c", indent=2), listed("d", indent=1)],
            "- a\n    - b\n        - c\n    - d",
        ),
        # No deeper than what it stands in, whatever is said.
        ([listed("a", indent=5)], "- a"),
        ([listed("a"), listed("b", indent=7)], "- a\n    - b"),
        ([listed("a", indent=-1), listed("b", style="ordered", offset=-5)], "- a\n    1. b"),
        ([listed("a"), section(text("b")), listed("c", indent=1)], "- a\n\nb\n\n- c"),
        ([quote(text("a\nb"))], "> a\n> b"),
        ([preformatted(text("*a*\n<b>"))], "```\n*a*\n<b>\n```"),
        (
            [preformatted(text("see "), {"type": "link", "url": "https://a"})],
            "```\nsee https://a\n```",
        ),
        ([preformatted(text("```"))], "````\n```\n````"),
        ([{"type": "rich_text_poll"}], "*Not shown: an element of the type `rich_text_poll`*"),
        ([section(), quote(), preformatted(), listed()], ""),
        ([None, section(text("a"), None)], "a"),
    ],
)
def test_paragraphs_lists_quotes_and_code(elements: list[object], expected: str) -> None:
    assert markdown(*elements) == expected


@pytest.mark.parametrize(
    ("element", "complaint"),
    [
        ("a", "elements[0] must be an object"),
        ({"type": 5}, "elements[0].type must be a string"),
        (section({"type": "text", "text": 5}), "elements[0].elements[0].text must be a string"),
        (
            section({"type": "text", "text": "a", "style": "bold"}),
            "elements[0].elements[0].style must be an object",
        ),
        (
            section({"type": "text", "text": "a", "style": {"bold": 1}}),
            "elements[0].elements[0].style.bold must be true or false",
        ),
        (listed("a", indent="1"), "elements[0].indent must be a whole number"),
    ],
)
def test_a_wrong_type_is_refused_and_named(element: object, complaint: str) -> None:
    with pytest.raises(WrongType) as refusal:
        markdown(element)
    assert str(refusal.value) == complaint


@pytest.mark.parametrize("unit", ["a", "*", " ", "\n", "`"])
def test_time_grows_no_faster_than_the_elements(unit: str) -> None:
    def read(texts: str) -> None:
        items = [text(one, bold=True, code=True) for one in texts]
        markdown(section(*items), *(listed(one, indent=at) for at, one in enumerate(texts)))

    assert growth.is_linear(read, unit, length=4000)
