"""Under the Content-Security-Policy all pages work: no browser has anything to complain about."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import ConsoleMessage, Page, Response, expect

from tests.browsing import Server, Visit, post, write

pytestmark = pytest.mark.browser

ALIKE = re.compile(r"[0-9a-z]{26}|\d+|\?.*")  # pages that differ in these alone need one look
MOST_PAGES = 80
PICTURE = "https://pictures.example.com/cat.png"
# A browser complains of what a page was refused by its own server; those are answers, no faults of pages.
ANSWERS = re.compile(r"Failed to load resource: the server responded with a status of 40[134]")


def complaints_of(page: Page, server: Server) -> list[str]:
    """What the browser says of this page from now on: errors, violations, requests to others."""
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):  # else it is advice
            found.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))

    def look(response: Response) -> None:
        if not response.url.startswith((server.url, "data:", PICTURE)):
            found.append(f"{page.url} asked {response.url}")

    page.on("response", look)
    return found


def test_no_page_that_links_lead_to_breaks_the_policy(visit: Visit, server: Server) -> None:
    page = visit("admin")
    complaints = complaints_of(page, server)
    seen, waiting = set[str](), ["/demo", "/admin_console/", "/demo/nowhere", "/nowhere/at/all"]
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop()
        if (kind := ALIKE.sub("…", address)) in seen:
            continue
        seen.add(kind)
        page.goto(server.url + address)
        for link in page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)"):
            parts = urlsplit(urljoin(page.url, link))
            if f"{parts.scheme}://{parts.netloc}" == server.url:
                waiting.append(parts._replace(scheme="", netloc="", fragment="").geturl())
    assert len(seen) > 30
    assert "\n".join(one for one in complaints if not ANSWERS.search(one)) == ""


def test_pictures_from_elsewhere_are_still_shown(visit: Visit, server: Server) -> None:
    page = visit("ann")
    complaints = complaints_of(page, server)
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"/>'
    page.route(PICTURE, lambda route: route.fulfill(body=svg, content_type="image/svg+xml"))
    payload = {"text": f"look ![a cat]({PICTURE})", "attachments": [{"image_url": PICTURE}]}
    elsewhere = payload | {"channel": "off-topic"}  # other stories cannot reach the picture
    requests.post(server.hook_url, json=elsewhere, timeout=10).raise_for_status()
    page.goto(f"{server.url}/demo/channels/off-topic")
    pictures = post(page, "look").last.locator("img")
    expect(pictures).to_have_count(2)
    for number in range(2):
        pictures.nth(number).scroll_into_view_if_needed()
        expect(pictures.nth(number)).to_have_js_property("naturalWidth", 20)
    assert complaints == []


def test_a_channel_is_alive_under_the_policy(visit: Visit, server: Server) -> None:
    page = visit("ann")
    complaints = complaints_of(page, server)
    page.goto(f"{server.url}/demo/channels/town-square")
    write(page, "under a strict policy :tada:")
    expect(post(page, "under a strict policy")).not_to_have_count(0)
    assert complaints == []


def test_code_that_gets_into_a_page_does_not_run(visit: Visit) -> None:
    page = visit("ann")
    refused = page.evaluate(
        """() => new Promise((finish) => {
        const refused = [];
        document.addEventListener("securitypolicyviolation", (event) => {
          if (refused.push(event.effectiveDirective) === 4) finish(refused.sort());
        });
        const add = (properties) => {
          document.body.append(Object.assign(document.createElement("script"), properties));
        };
        add({ textContent: "window.ran = 1" });
        add({ src: "https://elsewhere.example.com/x.js" });
        const markup = "<img src='nothing:' onerror='window.ran = 1'><p style='color: red'>x</p>";
        document.body.insertAdjacentHTML("beforeend", markup);
        })"""
    )
    assert refused == ["script-src-attr", "script-src-elem", "script-src-elem", "style-src-attr"]
    assert page.evaluate("window.ran") is None


def test_the_console_works_under_the_policy(visit: Visit, server: Server) -> None:
    page = visit("admin")
    complaints = complaints_of(page, server)
    page.goto(f"{server.url}/admin_console/accounts/user/")
    sidebar = page.locator("#nav-sidebar").first
    expect(sidebar).to_be_visible()
    toggle = page.locator("span[x-on\\:click^='sidebarDesktopOpen']")
    toggle.click()
    expect(sidebar).to_be_hidden()
    page.reload()
    expect(sidebar).to_be_hidden()
    toggle.click()
    expect(sidebar).to_be_visible()

    page.locator(".action-select").first.check()
    actions = page.locator("#changelist-actions")
    expect(actions).to_be_visible()
    assert actions.evaluate("one => parseInt(one.style.width)") > 300

    page.locator("[x-on\\:click='openUserLinks = !openUserLinks']").click()
    page.locator("[x-on\\:click^='switchTheme'][x-on\\:click*='dark']").click()
    expect(page.locator("html")).to_have_class(re.compile("dark"))

    page.goto(f"{server.url}/admin_console/")
    page.keyboard.press("Control+k")
    search = page.locator("#search-input-command")
    expect(search).to_be_visible()
    search.press_sequentially("teams")
    found = page.locator("#command-results a").first
    expect(found).to_be_visible()
    search.press("ArrowDown")
    assert complaints == []
    search.press("Enter")
    expect(page).to_have_url(re.compile("/admin_console/.+"))
    assert complaints == []
