"""Titles and captions of attachments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app import markdown
from tests import growth
from tests.channels_app.markdown.test_fuzz import Nesting, texts
from tests.safe_html import assert_is_safe

TADA = '<span class="emoji" title=":tada:">🎉</span>'
ELSEWHERE = 'rel="nofollow noopener noreferrer" target="_blank"'


def link(url: str, label: str) -> str:
    return f'<a href="{url}" {ELSEWHERE}>{label}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("Build 5 <b>", "Build 5 &lt;b&gt;"),
        (":tada: Done", f"{TADA} Done"),
        ("[Graph](https://g.example) of [FIRING:1]",
         link("https://g.example", "Graph") + " of [FIRING:1]"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("<https://a.example>", link("https://a.example", "https://a.example")),
        # The words of other markup remain; what is no link stays what was written.
        ("**bold** _soft_ ~~gone~~ `code`", "bold soft gone code"),
        ("**[a](https://a.example)**", link("https://a.example", "a")),
        ("one\ntwo", "one two"),
        ("![alt](https://i.example/p.png)", "alt"),
        ("# 5 - https://a.example #tag @all ~town", "# 5 - https://a.example #tag @all ~town"),
    ],
)  # fmt: skip
def test_a_title_shows_links_and_emoji(text: str, html: str) -> None:
    assert markdown.render_title(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Build :tada:", link("https://t.example", f"Build {TADA}")),
        ("**Build** 5", link("https://t.example", "Build 5")),
        ("[Log](https://l.example) of 5",
         link("https://l.example", "Log") + link("https://t.example", " of 5")),
    ],
)  # fmt: skip
def test_a_title_leads_to_its_address_but_for_the_links_it_holds(text: str, html: str) -> None:
    assert markdown.render_title(text, url="https://t.example") == html


def test_a_title_leads_nowhere_harmful() -> None:
    assert markdown.render_title("t", url="javascript:alert(1)") == "t"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (":tada: Status", f"{TADA} Status"),
        ("**a** [b](https://c) `d` @all #e ~f", "**a** [b](https://c) `d` @all #e ~f"),
        ("<b> & https://a.example/:tada:/x", "&lt;b&gt; &amp; https://a.example/:tada:/x"),
        (":nobody: 12:30", ":nobody: 12:30"),
    ],
)
def test_a_caption_shows_emoji_alone(text: str, html: str) -> None:
    assert markdown.render_caption(text) == html


def test_what_is_too_much_is_shown_as_it_was_written() -> None:
    allowance = markdown.Allowance(150)
    assert markdown.render_title("**a** " * 20, allowance=allowance) == "**a** " * 20
    assert allowance.is_spent
    assert markdown.render_caption("<" * 65_537) == "&lt;" * 65_537


@given(texts, st.sampled_from(["", "https://t.example"]))
def test_no_title_is_harmful_or_holds_a_link_in_a_link(text: str, url: str) -> None:
    for html in (markdown.render_title(text, url=url), markdown.render_caption(text)):
        assert_is_safe(html)
        assert not Nesting(html).open
        assert "data-mention" not in html


@pytest.mark.parametrize("unit", [":a:", ":", "[a](b)", "**a", "https://a.example/:a:", "@a", "`"])
def test_time_grows_no_faster_than_a_title(unit: str) -> None:
    def render(text: str) -> None:
        markdown.render_title(text, url="https://t.example")
        markdown.render_caption(text)

    assert growth.is_linear(render, unit, length=32_000)


@pytest.mark.parametrize(
    "text",
    [
        "00:ab:cd:de:01:02",
        "2001:db8:a:b::1",
        "Took 00:100:10",
        "user:key:42",
        ":app:key:build",
        "done:tada:",
        ":tada:2",
    ],
)
def test_an_emoji_has_a_border_on_both_sides_wherever_it_stands(text: str) -> None:
    for html in (markdown.render(text), markdown.render_title(text), markdown.render_caption(text)):
        assert "emoji" not in html


@pytest.mark.parametrize(
    "text", [":tada:", "(:tada:)", "完了:tada:です", "-:tada:,", "[:tada:](/a)"]
)
def test_punctuation_and_letters_without_blanks_are_borders(text: str) -> None:
    assert TADA in markdown.render(text)
    assert TADA in markdown.render_title(text)
    assert TADA in markdown.render_caption(text)
