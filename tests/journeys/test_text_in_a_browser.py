"""How what people wrote looks in a real browser, with the stylesheets of the pages."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator

from channels_app import markdown

pytestmark = pytest.mark.browser

STYLES = [
    Path(__file__).resolve().parents[2] / "static" / "css" / name
    for name in ("pico.min.css", "code.css", "app.css")
]

Show = Callable[[str], Locator]


@pytest.fixture(scope="module")
def show(browser: Browser) -> Iterator[Show]:
    """`show("**text**")`: the body of a post in a window."""
    page = browser.new_page()

    def body(text: str) -> Locator:
        page.set_content(f'<div class="body">{markdown.render(text)}</div>')
        for style in STYLES:
            page.add_style_tag(path=style)
        return page.locator(".body")

    yield body
    page.close()


def style(element: Locator, name: str) -> str:
    """What the browser makes of a property."""
    return str(element.evaluate("(element, name) => getComputedStyle(element)[name]", name))


def left(element: Locator) -> float:
    """How far an element is from the left, in pixels."""
    box = element.bounding_box()
    assert box
    return box["x"]


def test_cells_stand_where_their_column_says(show: Show) -> None:
    body = show("| a | b | c | d |\n|:--|:-:|--:|---|\n| 1 | 2 | 3 | 4 |")

    for cells in ("th", "td"):
        aligned = [style(cell, "textAlign") for cell in body.locator(cells).all()]
        assert aligned == ["left", "center", "right", "start"]


def test_text_from_right_to_left_begins_at_the_right(show: Show) -> None:
    body = show("שלום\n\n- שלום\n\n> שלום\n\n|שלום|\n|-|\n|a|\n\nhello")

    for block in ("> p:first-child", "ul", "li", "blockquote", "table"):
        assert style(body.locator(block), "direction") == "rtl", block
    assert style(body.locator("> p").last, "direction") == "ltr"
    assert style(body.locator("blockquote"), "borderRightWidth") == "4px"


def test_code_runs_from_left_to_right_wherever_it_stands(show: Show) -> None:
    body = show("- שלום `a.b()`\n  ```\n  שלום\n  ```")

    assert style(body.locator("li > code"), "direction") == "ltr"
    assert style(body.locator("pre"), "direction") == "ltr"
    assert style(body.locator("pre"), "textAlign") == "left"


def test_a_task_has_a_box_where_others_have_bullets(show: Show) -> None:
    body = show("- [x] done\n- plain")
    box, plain = body.get_by_label("done"), body.locator("li").last

    assert box.is_checked()
    assert box.is_disabled()
    assert style(body.locator("li").first, "listStyleType") == "none"
    assert style(plain, "listStyleType") != "none"
    assert left(box) < left(plain)
    # A round one would look like a choice of one among several.
    assert style(box, "borderRadius") == "3.2px"


def test_what_is_struck_out_is_not_red_and_emoji_have_their_font(show: Show) -> None:
    body = show("~~gone~~ :tada:")

    assert style(body.locator("del"), "color") == style(body.locator("p"), "color")
    assert "Emoji" in style(body.locator(".emoji"), "fontFamily").split(",")[0]


def test_lines_in_a_span_of_code_are_lines(show: Show) -> None:
    assert show("`a\n  b`").locator("code").inner_text() == "a\n  b"


def test_the_name_of_a_language_is_shown_above_its_code(show: Show) -> None:
    pre = show("```nosuch\nx\n```").locator("pre")
    content = pre.evaluate("element => getComputedStyle(element, '::before').content")

    assert content in ('"nosuch"', "attr(data-language)")
