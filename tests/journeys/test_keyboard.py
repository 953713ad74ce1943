"""Everything on the pages of a channel is reached, seen and done with the keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browsing import Server, Visit, box_of, post, write

pytestmark = pytest.mark.browser

LEAST_CONTRAST = 3.0  # WCAG 2.2, 1.4.11 and 2.4.13


def luminance(color: str) -> float:
    """The relative luminance of an opaque CSS color, as WCAG defines it."""
    found = re.fullmatch(r"rgb\((\d+), (\d+), (\d+)\)", color)
    assert found, f"{color} is not opaque"
    parts = [int(part) / 255 for part in found.groups()]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Between 1 and 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def style(element: Locator, name: str) -> str:
    """A computed style."""
    return str(element.evaluate(f"one => getComputedStyle(one).{name}"))


def background(element: Locator) -> str:
    """The colour that an element stands on: its own, or that of the next one around it that has one."""
    return str(
        element.evaluate(
            """one => {
              for (; one; one = one.parentElement) {
                const color = getComputedStyle(one).backgroundColor;
                if (color !== "rgba(0, 0, 0, 0)") return color;
              }
              return "rgb(255, 255, 255)";
            }"""
        )
    )


def focused(page: Page) -> Locator:
    """What has the focus."""
    return page.locator(":focus")


# --- The frame ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 360])
def test_the_first_stop_leads_past_the_sidebar(visit: Visit, server: Server, width: int) -> None:
    page = visit("ann", viewport={"width": width, "height": 800})
    page.goto(f"{server.url}/demo/browse")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    assert contrast(style(skip, "color"), background(skip)) >= 4.5
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page).evaluate("one => Boolean(one.closest('main'))")


def test_the_second_stop_of_a_channel_leads_to_its_message_box(visit: Visit) -> None:
    page = visit("ann")
    page.get_by_role("link", name="Skip to the content").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(box_of(page)).to_be_focused()


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_the_focus_is_seen_everywhere(visit: Visit, server: Server, colors: str) -> None:
    page = visit("admin", color_scheme=colors, reduced_motion="reduce")
    for path in ("browse", "channels/town-square", "account/integrations/outgoing"):
        page.goto(f"{server.url}/demo/{path}")
        page.get_by_role("link", name="Skip to the content").focus()
        seen = 0
        while page.evaluate("document.activeElement !== document.body"):
            check_ring(focused(page))
            page.keyboard.press("Tab")
            seen += 1
        assert seen > 8, path


def check_ring(element: Locator) -> None:
    """The ring around what has the focus is a line that stands out from what is beside it."""
    markup = element.evaluate("one => one.outerHTML.slice(0, 200)")
    assert style(element, "outlineStyle") == "solid", markup
    assert float(style(element, "outlineWidth").removesuffix("px")) >= 2, markup
    is_inside = float(style(element, "outlineOffset").removesuffix("px")) < 0
    beside = [background(element), background(element.locator(".."))]
    for neighbour in beside if is_inside else beside[1:]:
        ring = style(element, "outlineColor")
        assert contrast(ring, neighbour) >= LEAST_CONTRAST, f"{ring} beside {neighbour}: {markup}"


# --- Posts --------------------------------------------------------------------------------------------


def test_each_post_is_one_stop(visit: Visit) -> None:
    page = visit("ann")
    write(page, "with [one](https://one.example), [two](https://two.example) and @bob")
    expect(post(page, "with one, two and")).to_have_count(1)
    page.locator(".post").first.focus()
    for number in range(1, page.locator(".post").count()):
        page.keyboard.press("Tab")
        expect(page.locator(".post").nth(number)).to_be_focused()
    page.keyboard.press("Tab")
    expect(box_of(page)).to_be_focused()


def test_keys_lead_through_posts_and_to_what_is_in_them(visit: Visit) -> None:
    page = visit("ann")
    write(page, "see [the docs](https://docs.example)")
    expect(post(page, "see the docs")).to_have_count(1)
    box_of(page).press("Shift+Tab")
    expect(page.locator(".post").last).to_be_focused()
    for name in ("Ann Archer", re.compile(r"\d\d:\d\d"), "Reply to", "the docs"):
        page.keyboard.press("ArrowRight")
        expect(focused(page)).to_have_accessible_name(
            name if name != "Reply to" else re.compile(name)
        )
    page.keyboard.press("ArrowLeft")
    expect(focused(page)).to_have_accessible_name("Reply to Ann Archer")
    page.keyboard.press("Escape")
    expect(page.locator(".post").last).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".post").nth(-2)).to_be_focused()
    page.keyboard.press("Home")
    expect(page.locator(".post").first).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("r")
    expect(box_of(page)).to_be_focused()
    expect(box_of(page)).to_have_value("")
    write(page, "by keys alone")
    expect(post(page, "by keys alone").locator(".answers")).to_contain_text("see the docs")


def test_a_post_that_comes_in_is_one_stop_too_and_takes_no_focus(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    bob.locator(".post").last.focus()
    here = bob.locator(".post").last.get_attribute("id")
    write(ann, "hello, @bob, [look](https://look.example)")
    expect(post(bob, "hello, @bob, look")).to_have_count(1)
    expect(bob.locator(f"#{here}")).to_be_focused()
    bob.keyboard.press("Tab")
    expect(post(bob, "hello, @bob, look")).to_be_focused()
    bob.keyboard.press("Tab")
    expect(box_of(bob)).to_be_focused()


def test_what_scrolls_by_itself_can_be_reached(visit: Visit) -> None:
    page = visit("ann", viewport={"width": 360, "height": 800})
    box_of(page).fill("```\n" + "a long line of code " * 20 + "\n```")
    box_of(page).press("Enter")
    code = post(page, "a long line of code").last.locator("pre")
    expect(code).to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 360, "height": 700})
    code.focus()
    page.keyboard.press("ArrowRight")
    expect(code).to_be_focused()


# --- Errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [("nosuch/channels/there", 404), ("demo/channels/nosuch", 404), ("admin_console/", 403)],
)
def test_an_error_leaves_the_sidebar_and_a_way_back(
    visit: Visit, server: Server, path: str, status: int
) -> None:
    page = visit("ann")
    answer = page.goto(f"{server.url}/{path}")
    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("navigation").get_by_role("link", name="Town Square")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Back to Demo").click()
    expect(page.get_by_role("heading", name="Town Square")).to_be_visible()
