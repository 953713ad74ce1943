"""What somebody has begun to write is there again: for this channel or thread, and for this person only."""

import pytest
from playwright.sync_api import Page, expect

from accounts.sessions.cookies import TOKEN_COOKIE
from tests.browsing import Server, Visit, box_of, enter, post, write

pytestmark = pytest.mark.browser


def end_the_session(page: Page) -> None:
    """It expires, and its cookie with it."""
    page.context.clear_cookies(name=TOKEN_COOKIE)


def open_channel(page: Page, name: str) -> None:
    """Go there by the sidebar."""
    page.get_by_role("navigation").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.wait_for_load_state()


def reply_to(page: Page, text: str) -> None:
    """Begin a reply to the post that holds this text."""
    post(page, text).first.hover()
    post(page, text).first.get_by_role("link", name="Reply to").click()


def test_each_channel_has_its_draft_over_changes_of_channel_and_reloads(visit: Visit) -> None:
    page = visit("ann")
    box_of(page).press_sequentially("half a thou")
    open_channel(page, "Off-Topic")
    expect(box_of(page)).to_have_value("")
    box_of(page).press_sequentially("another\nhalf")
    open_channel(page, "Town Square")
    expect(box_of(page)).to_have_value("half a thou")
    page.reload()
    expect(box_of(page)).to_have_value("half a thou")
    write(page, "ght")
    expect(post(page, "half a thought")).to_have_count(1)
    page.reload()
    expect(box_of(page)).to_have_value("")


def test_a_thread_has_a_draft_of_its_own(visit: Visit) -> None:
    page = visit("ann")
    write(page, "**what** is `this`?")
    expect(post(page, "what is this?")).to_have_count(1)
    box_of(page).press_sequentially("for the channel")
    reply_to(page, "what is this?")
    expect(page.locator("#answering")).to_contain_text("Ann Archer: what is this?")
    expect(box_of(page)).to_have_value("")
    box_of(page).press_sequentially("for the thread")
    page.get_by_role("link", name="Stop replying").click()
    expect(box_of(page)).to_have_value("for the channel")
    page.locator("#begun").get_by_role("link").click()
    expect(box_of(page)).to_have_value("for the thread")
    page.reload()
    expect(box_of(page)).to_have_value("for the thread")
    box_of(page).press("Enter")
    answer = post(page, "for the thread")
    expect(answer.locator(".answers")).to_have_text("Reply to Ann Archer: what is this?")
    expect(box_of(page)).to_have_value("for the channel")
    expect(page.locator("#answering")).to_be_hidden()


@pytest.mark.parametrize("sends", [False, True])
def test_an_expired_session_loses_nothing(visit: Visit, server: Server, *, sends: bool) -> None:
    page = visit("ann")
    open_channel(page, "Off-Topic")
    box_of(page).fill(f"almost done {sends}")
    end_the_session(page)
    if sends:
        box_of(page).press("Enter")
    else:
        page.reload()
    enter(page, server, "ann")
    expect(page.get_by_role("heading", name="Off-Topic")).to_be_visible()
    expect(box_of(page)).to_have_value(f"almost done {sends}")
    page.wait_for_load_state()
    box_of(page).press("Enter")
    expect(post(page, f"almost done {sends}")).to_have_count(1)


def test_nobody_else_sees_a_draft_in_the_same_browser(visit: Visit, server: Server) -> None:
    page = visit("ann")
    box_of(page).press_sequentially("for my eyes only")
    page.get_by_role("button", name="Sign out").click()
    enter(page, server, "bob")
    expect(page.get_by_role("heading", name="Town Square")).to_be_visible()
    page.wait_for_load_state()
    expect(box_of(page)).to_have_value("")
    assert "my eyes only" not in page.evaluate("JSON.stringify({...localStorage})")


def test_who_comes_after_an_expired_session_sees_no_draft_and_leaves_it_there(
    visit: Visit, server: Server
) -> None:
    page = visit("ann")
    box_of(page).press_sequentially("to be continued")
    end_the_session(page)
    page.reload()
    enter(page, server, "bob")
    page.wait_for_load_state()
    expect(box_of(page)).to_have_value("")
    page.context.clear_cookies()
    page.reload()
    enter(page, server, "ann")
    expect(box_of(page)).to_have_value("to be continued")


def test_without_scripts_an_expired_session_gives_the_message_back(
    visit: Visit, server: Server
) -> None:
    page = visit("ann", java_script_enabled=False)
    page.get_by_role("link", name="Off-Topic").click()
    box_of(page).fill("<b>plain</b>\nform")
    end_the_session(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("nothing was sent")
    enter(page, server, "ann")
    expect(page.get_by_text("has not been sent yet")).to_be_visible()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_role("heading", name="Off-Topic")).to_be_visible()
    expect(post(page, "<b>plain</b>")).to_have_count(1)
