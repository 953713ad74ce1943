"""Nothing on the pages of members keeps people out who see, hear or move in other ways (axe-core)."""

import json

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browsing import LOOKS, Server, Visit, barriers, barriers_on, box_of, post, write

pytestmark = pytest.mark.browser

PAGES = [
    "channels/town-square",
    "messages/@bob",
    "browse",
    "browse?q=nothing+like+it",
    "account/integrations",
    "account/integrations/incoming",
    "account/integrations/outgoing",
    "channels/nosuch",
    "pl/xxxxxxxxxxxxxxxxxxxxxxxxxx",
]
RICH = {
    "text": "# Head\n> quoted [link](https://a.example)\n\n- one\n- two\n\n"
    "```python\nx = 'y' * 400  # " + "and so on " * 30 + "\n```\n"
    "| left | right |\n|:--|--:|\n| a long cell that goes on and on and on | 1 |\n\n"
    ":tada: @here #tag ~off-topic",
    "username": "Program",
    "attachments": [
        {
            "pretext": "before",
            "author_name": "Author",
            "author_link": "https://a.example",
            "title": "Title",
            "title_link": "https://a.example",
            "text": "text with `code`",
            "color": color,
            "fields": [{"title": "Field", "value": "**value**", "short": True}],
            "footer": "footer",
        }
        for color in ("good", "warning", "danger", "#123456")
    ],
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_barriers(visit: Visit, server: Server, path: str) -> None:
    assert barriers(visit("admin"), [f"{server.url}/demo/{path}"]) == []


def test_posts_of_all_kinds_have_no_barriers(visit: Visit, server: Server) -> None:
    page = visit("ann")
    requests.post(server.hook_url, json.dumps(RICH), timeout=10).raise_for_status()
    write(page, "to be answered")
    expect(post(page, "to be answered")).to_have_count(1)
    post(page, "to be answered").hover()
    post(page, "to be answered").get_by_role("link", name="Reply to").click()
    write(page, "the answer")
    expect(post(page, "the answer")).to_have_count(1)
    marked = post(page, "the answer").get_attribute("data-id")
    address = f"{server.url}/demo/channels/town-square?around={marked}&reply={marked}"
    assert barriers(page, [address]) == []


def test_what_waits_beside_the_box_has_no_barriers(visit: Visit, server: Server) -> None:
    page = visit("ann")
    page.route("**/say", lambda route: route.abort())
    write(page, "not sent")
    expect(page.locator("#unsent li")).to_contain_text("cannot be reached")
    write(page, "/no command")
    expect(page.locator("#refusal")).not_to_be_empty()
    assert barriers_in_all_looks(page) == []


def test_signing_in_has_no_barriers(visit: Visit, server: Server) -> None:
    page = visit("ann", java_script_enabled=True)
    page.goto("about:blank")  # a page that hears of its end goes to the sign-in by itself
    page.context.clear_cookies()
    assert barriers(page, [f"{server.url}/login"]) == []
    page.get_by_label("Username or email").fill("ann")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Enter a valid email")).to_be_visible()
    assert barriers_in_all_looks(page) == []


def test_a_form_that_came_too_late_has_no_barriers(visit: Visit, server: Server) -> None:
    page = visit("ann")
    # Its look at what is new would find the session ended and leave the page before the form does.
    page.route("**/new?*", lambda route: route.abort())
    page.context.clear_cookies(name="MMAUTHTOKEN")
    box_of(page).fill("came too late")
    page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('message-box'))")
    expect(page.get_by_text("nothing was sent")).to_be_visible()
    assert barriers_in_all_looks(page) == []
    page.get_by_label("Username or email").fill("ann")
    page.get_by_label("Password").fill(server.password_of("ann"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Send it now")).to_be_visible()
    assert barriers_in_all_looks(page) == []


def barriers_in_all_looks(page: Page) -> list[str]:
    """The same for a page that cannot be asked for by its address."""
    found = []
    for look in LOOKS:
        page.emulate_media(color_scheme=look.colors, reduced_motion="reduce")
        page.set_viewport_size({"width": look.width, "height": 900})
        found += barriers_on(page)
    return found
