"""All of it in a browser, on a server that stands below a path of its host."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests import proxy, running
from tests.browsing import (
    ADMIN_PASSWORD,
    PATIENCE_MS,
    Server,
    enter,
    has_stayed,
    post,
    stays,
    write,
)

pytestmark = pytest.mark.browser

PREFIX = "/chat"


@pytest.fixture(scope="module", params=["keeps", "strips"])
def place(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The demo behind a proxy; the greeting tells addresses without it."""
    environment = {"DEMO": "1", "ADMIN_PASSWORD": ADMIN_PASSWORD, "WEB_CONCURRENCY": "2"}
    with proxy.project_below(PREFIX, strips=request.param == "strips", **environment) as served:
        url, project = served
        running.wait_for(lambda: "Ctrl-C stops it" in project.log.read_text())
        yield Server(url, project.log.read_text())


@pytest.fixture
def page(place: Server, browser: Browser) -> Iterator[Page]:
    """A window that has not been here before; at its end nothing was asked for outside of the path."""
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda said: asked.append(said.text) if said.type == "error" else None)
    yield opened
    context.close()
    fine = (
        f"{place.url}/",
        "data:",
        "Failed to load resource: the server responded with a status of 404",
    )
    assert [one for one in asked if not one.startswith(fine)] == []


def test_a_day_at_work_below_a_path(page: Page, place: Server) -> None:
    page.goto(f"{place.url}/demo/channels/town-square")
    enter(page, place, "ann")
    expect(page).to_have_url(f"{place.url}/demo/channels/town-square")
    expect(page.get_by_role("heading", name="Town Square")).to_be_visible()
    page.wait_for_load_state()
    stays(page)
    write(page, "below a path :tada:")
    expect(post(page, "below a path 🎉")).to_have_count(1)

    hook_url = f"{place.url}/hooks/{place.hook_url.rpartition('/')[2]}"
    requests.post(hook_url, json={"text": "said by a program"}, timeout=10).raise_for_status()
    expect(post(page, "said by a program")).to_have_count(1)
    has_stayed(page)

    page.get_by_role("link", name="Browse channels").click()
    page.get_by_label("Find a channel").fill("off")
    page.get_by_role("button", name="Find").click()
    page.locator("main").get_by_role("button", name="Open").first.click()
    expect(page.get_by_role("heading", name="Off-Topic")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{place.url}/login")
    assert "MMAUTHTOKEN" not in {cookie.get("name") for cookie in page.context.cookies()}


def test_the_console_and_the_webhooks_below_a_path(page: Page, place: Server) -> None:
    page.goto(f"{place.url}/admin_console/")
    enter(page, place, "admin")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    assert {cookie.get("path") for cookie in page.context.cookies()} <= {PREFIX, f"{PREFIX}/"}
    page.get_by_role("link", name="Web Server").click()
    expect(page.get_by_label("Site URL")).to_have_value(place.url)
    page.get_by_role("link", name="Users", exact=False).first.click()
    page.locator("#result_list").get_by_role("link", name="ann").first.click()
    page.locator("[name=_continue], [name=_save]").first.click()
    expect(page.get_by_text("changed successfully")).to_be_visible()

    page.goto(f"{place.url}/demo/account/integrations/incoming")
    expect(page.get_by_text(f"{place.url}/hooks/").first).to_be_visible()
    page.goto(f"{place.url}/nothing/here")
    page.get_by_text("Back to").click()
    expect(page.get_by_role("heading", name="Town Square")).to_be_visible()
