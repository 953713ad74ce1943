"""Markdown that shows exactly what was meant."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app import markdown
from integrations.message import markdown_writing as writing
from tests import growth


def shown(html: str) -> str:
    """What a reader of the HTML of one text reads."""
    text = re.sub(r"<br\s*/?>|</p>\s*<p>", "\n", html)
    text = re.sub(r"<[^>]*>", "", text)
    for name, character in {"lt": "<", "gt": ">", "quot": '"', "#39": "'", "amp": "&"}.items():
        text = text.replace(f"&{name};", character)
    return text


@pytest.mark.parametrize(
    "text",
    [
        "plain words, 3 < 4 & 5 > 4",
        "2*3*4 and *stars* and **more**",
        "_under_ snake_case __init__",
        "`code` and ``",
        "~~not struck~~ ~one~ ~~~*~~~",
        "[label](http://a.example) [x][y]",
        "<b>bold</b> <!here> <http://a|b> a < b | c > d",
        r"C:\new\table \* \\",
        "# no heading",
        "- no\n+ list\n7. of\n9) items",
        "> no quote",
        "----",
        "word\n====",
        "~~~\nno fence",
    ],
)
def test_plain_text_is_shown_as_it_was(text: str) -> None:
    assert shown(markdown.render(writing.plain(text))) == text


@pytest.mark.parametrize(
    ("url", "label", "expected"),
    [
        ("https://a.example", "b", "[b](https://a.example)"),
        ("https://a.example", "", "<https://a.example>"),
        ("", "b", "b"),
        (" ", "", ""),
        ("https://a.example/x y|z(1)\n", "b", "[b](https://a.example/x%20y%7Cz%281%29)"),
    ],
)
def test_a_link_is_one_whatever_its_address_holds(url: str, label: str, expected: str) -> None:
    assert writing.link(url, label) == expected


def test_labels_and_pictures_hold_no_bracket_that_ends_them() -> None:
    label = writing.label_of("a [b] \n](c)")
    assert label == r"a \[b\] \](c)"
    assert shown(markdown.render(writing.link("https://x.example", label))) == "a [b] ](c)"
    assert writing.image("https://i.example/x y.png", "a]", size="20x20") == (
        r"![a\]](https://i.example/x%20y.png =20x20)"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\nb", "`a b`"), (" ", "")],
)
def test_code_holds_any_backtick(text: str, expected: str) -> None:
    assert writing.code(text) == expected


def test_a_block_of_code_holds_any_fence() -> None:
    assert writing.fenced("a\n````\nb\n") == "`````\na\n````\nb\n`````"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "**a**"),
        (" a b ", " **a b** "),
        ("a\n\n b", "**a**\n\n **b**"),
        ("  ", "  "),
        ("", ""),
    ],
)
def test_marks_stand_close_to_the_words_of_each_line(text: str, expected: str) -> None:
    assert writing.marked(text, "**") == expected


@pytest.mark.parametrize(
    ("type_name", "note"),
    [
        ("video", "*Not shown: a block of the type `video`*"),
        ("", "*Not shown: a block without a type*"),
        ("x" * 99, f"*Not shown: a block of the type `{'x' * 40}`*"),
    ],
)
def test_a_note_names_the_type(type_name: str, note: str) -> None:
    assert writing.not_shown("a block", type_name) == note


pieces = st.sampled_from([*"*_`~[]()<>#\\&|!:-= \n", "](", "~~", "```", "<!here>", "&lt;", "a"])


@given(st.lists(pieces, max_size=12).map("".join))
def test_no_text_becomes_markup(text: str) -> None:
    for tag in ("<strong", "<em", "<del", "<h1", "<blockquote", "<hr", "<a ", "<img"):
        assert tag not in markdown.render(writing.plain(text))


@pytest.mark.parametrize("unit", ["*", "\n-", "\n#", "-=", "](", "_", "`", "  \n", "<"])
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def write(text: str) -> None:
        writing.plain(text)
        writing.label_of(text)
        writing.code(text)
        writing.fenced(text)
        writing.marked(text, "**")

    assert growth.is_linear(write, unit, length=200_000)
