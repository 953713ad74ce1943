"""A permalink leads to the post, however old it is, and says so properly when there is none."""

import json
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browsing import Server, Visit, post, write

pytestmark = pytest.mark.browser

POSTS = 150


@pytest.fixture(scope="module")
def id_of(server: Server) -> Callable[[str], str]:
    """A long history in off-topic; the id of the post with a text."""
    for number in range(POSTS):
        payload = {"text": f"entry {number}.", "channel": "off-topic"}
        requests.post(server.hook_url, json.dumps(payload), timeout=10).raise_for_status()
    session = requests.Session()
    login = {"login_id": "ann", "password": server.password_of("ann")}
    answer = session.post(f"{server.url}/api/v4/users/login", json=login, timeout=10)
    session.headers["Authorization"] = f"Bearer {answer.headers['Token']}"
    team = session.get(f"{server.url}/api/v4/teams/name/demo", timeout=10).json()
    path = f"/api/v4/teams/{team['id']}/channels/name/off-topic"
    channel = session.get(server.url + path, timeout=10).json()
    path = f"/api/v4/channels/{channel['id']}/posts?per_page=200"
    found = session.get(server.url + path, timeout=10).json()["posts"].values()
    return {one["message"]: one["id"] for one in found}.__getitem__


def numbers_on(page: Page) -> list[int]:
    """Which entries the page shows, in order."""
    texts = page.locator(".post .body", has_text="entry").all_inner_texts()
    return [int(text.removeprefix("entry ").rstrip(".\n")) for text in texts]


@pytest.mark.parametrize("scripts", [True, False])
def test_an_old_post_stands_marked_in_a_window_with_ways_on(
    visit: Visit, server: Server, id_of: Callable[[str], str], *, scripts: bool
) -> None:
    page = visit("bob", java_script_enabled=scripts)
    page.goto(f"{server.url}/demo/pl/{id_of('entry 60.')}")
    marked = page.locator(".post.marked")
    expect(marked).to_contain_text("entry 60.")
    expect(marked).to_be_in_viewport()
    assert numbers_on(page) == list(range(30, 91))
    page.get_by_role("link", name="Show older posts").click()
    expect(post(page, "entry 0.")).to_have_count(1)
    if not scripts:
        page.go_back()
    page.get_by_role("link", name="Show newer posts").click()
    expect(post(page, "entry 149.")).to_have_count(1)
    numbers = numbers_on(page)
    assert numbers == list(range(0 if scripts else 91, POSTS))
    if scripts:
        page.get_by_role("link", name="Back to the latest").click()
        assert "around" not in page.url


def test_what_is_written_beside_old_posts_is_shown_at_the_end(
    visit: Visit, server: Server, id_of: Callable[[str], str]
) -> None:
    page = visit("bob")
    page.goto(f"{server.url}/demo/pl/{id_of('entry 20.')}")
    write(page, "about that old one")
    expect(post(page, "about that old one")).to_have_count(1)
    expect(post(page, "entry 149.")).to_have_count(1)


def test_a_recent_post_is_marked_on_the_living_page(visit: Visit, server: Server) -> None:
    page = visit("ann")
    write(page, "quite new")
    with page.expect_navigation():
        page.goto(f"{server.url}/demo/pl/{post(page, 'quite new').get_attribute('data-id')}")
    expect(page.locator(".post.marked")).to_contain_text("quite new")
    write(page, "and newer")
    expect(post(page, "and newer")).to_have_count(1)
    expect(page.get_by_text("These are older posts")).to_have_count(0)


def test_a_time_leads_to_its_post_without_a_new_page_where_it_is_shown(
    visit: Visit, server: Server, id_of: Callable[[str], str]
) -> None:
    page = visit("ann")
    page.goto(f"{server.url}/demo/channels/off-topic")
    page.evaluate("window.isTheSame = true")
    post(page, "entry 120.").locator(".when").click()
    assert page.evaluate("window.isTheSame") is True
    assert page.url.endswith(f"#post-{id_of('entry 120.')}")


def test_an_old_address_of_a_post_opens_its_window(
    visit: Visit, server: Server, id_of: Callable[[str], str]
) -> None:
    page = visit("ann")
    page.goto(f"{server.url}/demo/channels/off-topic#post-{id_of('entry 5.')}")
    expect(page.locator(".post.marked")).to_contain_text("entry 5.")


def test_a_reply_leads_to_what_it_answers(visit: Visit, id_of: Callable[[str], str]) -> None:
    page = visit("ann")
    page.goto(page.url.replace("town-square", f"off-topic?around={id_of('entry 3.')}"))
    post(page, "entry 3.").hover()
    post(page, "entry 3.").get_by_role("link", name="Reply to").click()
    write(page, "a late answer")
    answer = post(page, "a late answer")
    answer.locator(".answers a").click()
    expect(page.locator(".post.marked")).to_contain_text("entry 3.")


def test_what_is_gone_or_never_was_is_told_beside_the_sidebar(visit: Visit, server: Server) -> None:
    page = visit("ann")
    write(page, "soon gone")
    expect(post(page, "soon gone")).to_have_count(1)
    gone = post(page, "soon gone").get_attribute("data-id")
    headers = {"X-Requested-With": "XMLHttpRequest"}
    assert page.request.delete(f"{server.url}/api/v4/posts/{gone}", headers=headers).ok
    for address in (f"pl/{gone}", "pl/" + "x" * 26, f"channels/town-square?around={gone}"):
        answer = page.goto(f"{server.url}/demo/{address}")
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", name="This message is not here.")).to_be_visible()
        page.get_by_role("navigation").get_by_role("link", name="Town Square").click()
        expect(page.get_by_role("heading", name="Town Square")).to_be_visible()
