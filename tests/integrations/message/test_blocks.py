"""Slack's Block Kit becomes text that people can read."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.message import blocks
from integrations.message.message import Message
from mattermost_hooks.errors import AppError
from mattermost_hooks.json_object import JsonObject, WrongType
from tests import growth


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(label), **more}


DIVIDER = {"type": "divider"}
HEADER = {"type": "header", "text": plain("Deploy failed")}


def added_to(text: str, *given: object) -> str:
    return blocks.added_to(text, JsonObject({"blocks": list(given)}))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "header", "text": plain("Deploy *api*\nfailed")}, r"### Deploy \*api\* failed"),
        (section("*Deploy* of <https://a|api> ~ok~"), "**Deploy** of <https://a|api> ~~ok~~"),
        ({"type": "section", "text": plain("*as it is*")}, r"\*as it is\*"),
        (
            {"type": "section", "fields": [mrkdwn("*Host:*\ndb-2"), plain("a")]},
            "**Host:**\ndb-2\n\na",
        ),
        (section("a", accessory=button("Open", url="https://a/x y")), "a\n\n[Open](https://a/x%20y)"),
        (
            section("a", accessory={"type": "image", "image_url": "https://i/p.png", "alt_text": "p"}),
            "a\n\n![p](https://i/p.png)",
        ),
        (
            {
                "type": "context",
                "elements": [
                    {"type": "image", "image_url": "https://i/p.png", "alt_text": "ann"},
                    mrkdwn("by *Ann*"),
                    plain("at _noon_"),
                ],
            },
            r"![ann](https://i/p.png =20x20) by **Ann** at \_noon\_",
        ),
        (
            {
                "type": "actions",
                "elements": [
                    button("Logs [1]", url="https://a"),
                    button("Approve", value="1", style="primary"),
                    {"type": "static_select", "placeholder": plain("Which"), "options": [
                        {"text": plain("One")}, {"text": plain("Two"), "url": "https://two"}]},
                    {"type": "datepicker"},
                ],
            },
            r"[Logs \[1\]](https://a) · Approve (`button`) · Which, One, [Two](https://two)"
            " (`static_select`) · *Not shown: an element of the type `datepicker`*",
        ),
        ({"type": "image", "image_url": "https://i/p.png", "alt_text": "load", "title": plain("CPU")},
         "CPU\n\n![load](https://i/p.png)"),
        ({"type": "image", "slack_file": {"id": "F1"}, "alt_text": "load"},
         "load *Not shown: a picture of the type `slack_file`*"),
        ({"type": "markdown", "text": "# As *it* is"}, "# As *it* is"),
        (
            {"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "rich"}]}]},
            "rich",
        ),
        ({"type": "video", "title": plain("x")}, "*Not shown: a block of the type `video`*"),
        ({"type": "`x`\n"}, "*Not shown: a block of the type `` `x` ``*"),
        ({}, "*Not shown: a block without a type*"),
        ({"TYPE": "Section", "text": mrkdwn("a")}, "*Not shown: a block of the type `Section`*"),
    ],
)  # fmt: skip
def test_each_block_becomes_paragraphs(block: object, expected: str) -> None:
    assert added_to("", block) == expected


@pytest.mark.parametrize(
    "given_blocks",
    [
        [],
        [None],
        [DIVIDER, DIVIDER],
        [{"type": "section"}],
        [{"type": "section", "text": None, "fields": [], "accessory": None}],
        [{"type": "header", "text": plain(" ")}],
        [{"type": "actions", "elements": []}, {"type": "context"}],
        [{"type": "rich_text", "elements": []}],
        [section(" \n ")],
    ],
)
def test_blocks_without_words_add_nothing(given_blocks: list[object]) -> None:
    assert added_to("", *given_blocks) == ""
    assert added_to(" the text ", *given_blocks) == " the text "


@pytest.mark.parametrize(
    ("text", "given_blocks", "expected"),
    [
        # The text stays first.
        ("Deploy of api", [HEADER], "Deploy of api\n\n### Deploy failed"),
        (
            "t",
            [HEADER, DIVIDER, section("why")],
            "t\n\n### Deploy failed\n\n---\n\nwhy",
        ),
        (" ", [HEADER], "### Deploy failed"),
        # What only repeats it adds nothing, whatever the markup.
        ("Deploy failed", [HEADER], "Deploy failed"),
        ("*Deploy*  _FAILED_", [HEADER, DIVIDER], "*Deploy*  _FAILED_"),
        ("a <https://b|c> &lt;d&gt;", [section("*a* <https://b|c> &lt;d&gt;")], "a <https://b|c> &lt;d&gt;"),
        ("Deploy failed: disk full", [section("*Deploy failed:*"), section("disk full")],
         "Deploy failed: disk full"),
        ("one\ntwo", [section("two"), section("*one*\n_two_")], "one\ntwo"),
        ("1. a\nC:\\b_c*", [{"type": "section", "text": plain("1. a\nC:\\b_c*")}], "1. a\nC:\\b_c*"),
        # What says more stays, and only that.
        ("Deploy failed", [HEADER, section("disk full")], "Deploy failed\n\ndisk full"),
        ("Deploy failed", [section("Deploy failed", accessory=button("Logs", url="https://l"))],
         "Deploy failed\n\n[Logs](https://l)"),
        ("see it", [section("see <https://l|it>")], "see it\n\nsee <https://l|it>"),
        ("All is OK here", [section("OK")], "All is OK here\n\nOK"),
        ("", [section("a"), section("a")], "a\n\na"),
        ("***", [section("`*`")], "***\n\n`*`"),
    ],
)  # fmt: skip
def test_text_stays_first_and_is_not_repeated(
    text: str, given_blocks: list[object], expected: str
) -> None:
    assert added_to(text, *given_blocks) == expected


@pytest.mark.parametrize(
    ("given_blocks", "complaint"),
    [
        ("a", "blocks must be a list"),
        ({"type": "section"}, "blocks must be a list"),
        (["a"], "blocks[0] must be an object"),
        ([DIVIDER, {"type": 5}], "blocks[1].type must be a string"),
        ([{"type": "section", "text": "a"}], "blocks[0].text must be an object"),
        ([section("a", fields={})], "blocks[0].fields must be a list"),
        ([section("a", fields=[mrkdwn("a"), 5])], "blocks[0].fields[1] must be an object"),
        ([section("a", accessory=[])], "blocks[0].accessory must be an object"),
        ([{"type": "header", "text": {"text": 5}}], "blocks[0].text.text must be a string"),
        ([{"type": "image", "image_url": 5}], "blocks[0].image_url must be a string"),
        (
            [{"type": "actions", "elements": [button("a", options=[1])]}],
            "blocks[0].elements[0].options[0] must be an object",
        ),
        (
            [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": "a"}]}],
            "blocks[0].elements[0].elements must be a list",
        ),
        (
            [DIVIDER] * (blocks.MOST_BLOCKS + 1),
            f"blocks must have at most {blocks.MOST_BLOCKS} entries",
        ),
    ],
)
def test_a_wrong_shape_is_refused_and_named(given_blocks: object, complaint: str) -> None:
    with pytest.raises(WrongType) as refusal:
        blocks.added_to("text", JsonObject({"blocks": given_blocks}))
    assert str(refusal.value) == complaint


@pytest.mark.parametrize(
    ("text", "longest", "parts"),
    [
        ("", 5, []),
        ("short", 5, ["short"]),
        ("a\n\nbb\ncc", 5, ["a", "bb\ncc"]),
        ("aa\nbb\ncc", 5, ["aa", "bb\ncc"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("\nabcd", 3, ["\nab", "cd"]),
    ],
)
def test_a_text_is_cut_between_its_paragraphs(text: str, longest: int, parts: list[str]) -> None:
    assert blocks.in_parts(text, longest) == parts


WORDS = ["", " ", "a", "*a*", "`", "```\n", "<", "<http://a|b>", "<!here>", "~", "](", "\n", "&lt;"]
KEYS = ["text", "elements", "fields", "accessory", "url", "image_url", "alt_text", "title", "style"]
KEYS += ["options", "placeholder", "bold", "code", "indent", "offset", "timestamp", "name"]
TYPES = ["section", "header", "context", "divider", "image", "actions", "markdown", "rich_text"]
TYPES += ["rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"]
TYPES += ["text", "link", "user", "emoji", "date", "broadcast", "button", "mrkdwn", "overflow"]
words = st.sampled_from(WORDS) | st.text(max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
        | st.builds(
            lambda kind, rest: {"type": kind, **rest},
            st.sampled_from(TYPES),
            st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        )
    ),
    max_leaves=20,
)


def read_or_refuse(payload: object) -> None:
    refused = None
    try:
        message = Message.parse(json.dumps(payload)).to_markdown(username_of=lambda _: None)
        message.text.encode()
    except AppError as error:
        refused = error
    assert refused is None or (refused.status == 400 and refused.detail)


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(words, st.lists(anything, max_size=3), anything)
def test_any_blocks_are_read_or_refused(text: str, some: list[object], other: object) -> None:
    read_or_refuse({"text": text, "blocks": some, "attachments": [{"blocks": other}]})


elements = st.sampled_from(["rich_text", "context", "actions"]).flatmap(
    lambda kind: st.lists(anything, max_size=4).map(lambda some: {"type": kind, "elements": some})
)


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(st.lists(elements, max_size=4))
def test_any_elements_are_read_or_refused(some: list[object]) -> None:
    read_or_refuse({"blocks": some})


@pytest.mark.parametrize(
    "unit", ["*a", "*<", "*<*>", "~<", "<!a|", "<!a|b>", "&gt;", "```", "`*", "\n*", "](", "\n#"]
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def read(text: str) -> None:
        rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        added_to(text, section(text), {"type": "section", "text": plain(text)},
                 {"type": "rich_text", "elements": [rich]})  # fmt: skip

    assert growth.is_linear(read, unit, length=100_000)


def test_time_grows_no_faster_than_the_number_of_blocks_beside_a_long_text() -> None:
    text = "a line of the text\n" * 20_000

    def read(units: str) -> None:
        added_to(text, *(section(f"{unit} something new") for unit in units))

    assert growth.is_linear(read, "a", length=blocks.MOST_BLOCKS)


@pytest.mark.parametrize("unit", ["a", "a\n", "\n", "a" * 99 + "\n\n"])
def test_time_grows_no_faster_than_the_text_that_is_cut(unit: str) -> None:
    assert growth.is_linear(lambda text: blocks.in_parts(text, 300), unit, length=2_000_000)
