"""What is written leaves the box at once, is posted once, and is not lost when it cannot be posted."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browsing import Visit, box_of, has_stayed, post, stays, write

pytestmark = pytest.mark.browser


def hold_sending(page: Page) -> list[Route]:
    """What the box sends from now on is on its way until somebody lets it go on."""
    held: list[Route] = []
    page.route("**/say", lambda route: held.append(route))
    return held


def messages_of(page: Page) -> list[str]:
    """The texts of the posts on the page."""
    return page.locator(".post .body").all_inner_texts()


def test_writing_on_while_a_message_is_on_its_way_makes_two_posts(visit: Visit) -> None:
    page = visit("ann")
    held = hold_sending(page)
    write(page, "one of two")
    expect(box_of(page)).to_have_value("")
    expect(page.locator("#unsent")).to_contain_text("one of two")
    box_of(page).press_sequentially("two of two")
    held[0].continue_()
    expect(post(page, "one of two")).to_have_count(1)
    expect(box_of(page)).to_have_value("two of two")
    page.unroute("**/say")
    box_of(page).press("Enter")
    expect(post(page, "two of two")).to_have_count(1)
    assert messages_of(page)[-2:] == ["one of two", "two of two"]
    expect(page.locator("#unsent li")).to_have_count(0)


def test_messages_sent_in_a_rush_keep_their_order(visit: Visit) -> None:
    page = visit("ann")
    for number in range(5):
        write(page, f"rush {number}")
    expect(post(page, "rush 4")).to_have_count(1)
    rushed = [text for text in messages_of(page) if text.startswith("rush")]
    assert rushed == [f"rush {number}" for number in range(5)]


def test_what_failed_stays_beside_what_is_being_written_and_over_a_reload(visit: Visit) -> None:
    page = visit("ann")
    page.route("**/say", lambda route: route.abort())
    write(page, "first try")
    box_of(page).press_sequentially("something else")
    failed = page.locator("#unsent li")
    expect(failed).to_contain_text("cannot be reached")
    expect(box_of(page)).to_have_value("something else")
    page.reload()
    expect(failed).to_contain_text("first try")
    expect(box_of(page)).to_have_value("something else")
    page.unroute("**/say")
    page.get_by_role("button", name="Try again").click()
    expect(post(page, "first try")).to_have_count(1)
    expect(failed).to_have_count(0)
    page.reload()
    expect(post(page, "first try")).to_have_count(1)
    expect(failed).to_have_count(0)


@pytest.mark.parametrize("status", [500, 503])
def test_what_the_server_could_not_take_can_be_changed_and_sent(visit: Visit, status: int) -> None:
    page = visit("ann")
    page.route("**/say", lambda route: route.fulfill(status=status, body="<h1>Oh</h1>"))
    write(page, f"worth {status} words")
    expect(page.locator("#unsent li")).to_contain_text("could not take it")
    page.unroute("**/say")
    page.get_by_role("button", name="Edit").click()
    expect(box_of(page)).to_have_value(f"worth {status} words")
    box_of(page).press("End")
    box_of(page).press_sequentially(" and more")
    box_of(page).press("Enter")
    expect(post(page, f"worth {status} words and more")).to_have_count(1)
    expect(page.locator("#unsent li")).to_have_count(0)


def test_a_message_whose_answer_was_lost_is_not_posted_twice(visit: Visit) -> None:
    page = visit("ann")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/say", lose_the_answer)
    write(page, "said only once")
    expect(page.locator("#unsent li")).to_contain_text("cannot be reached")
    page.unroute("**/say")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#unsent li")).to_have_count(0)
    page.reload()
    expect(post(page, "said only once")).to_have_count(1)


def test_a_page_that_was_left_while_sending_sends_it_once(visit: Visit) -> None:
    page = visit("ann")
    hold_sending(page)
    write(page, "and gone")
    expect(page.locator("#unsent")).to_contain_text("and gone")
    page.unroute("**/say")
    page.get_by_role("link", name="Off-Topic").click()
    page.get_by_role("link", name="Town Square").click()
    expect(post(page, "and gone")).to_have_count(1)
    expect(page.locator("#unsent li")).to_have_count(0)


def test_a_command_is_refused_with_a_hint_and_goes_as_text_behind_a_blank(visit: Visit) -> None:
    page = visit("ann")
    stays(page)
    write(page, "/deploy now")
    expect(page.locator("#refusal")).to_contain_text("put a blank before the /")
    expect(box_of(page)).to_have_value("/deploy now")
    box_of(page).press("Home")
    box_of(page).press_sequentially(" ")
    box_of(page).press("Enter")
    expect(post(page, "/deploy now")).to_have_count(1)
    expect(page.locator("#refusal")).to_be_empty()
    has_stayed(page)


def test_what_the_server_refuses_comes_back_unless_something_else_is_being_written(
    visit: Visit,
) -> None:
    page = visit("ann")
    held = hold_sending(page)
    box_of(page).fill("x" * 20_000)
    box_of(page).press("Enter")
    box_of(page).press_sequentially("meanwhile")
    held[0].continue_()
    expect(page.locator("#unsent li")).to_contain_text(
        "This was not sent: it has 20000 characters, and a message may have 16383."
    )
    expect(box_of(page)).to_have_value("meanwhile")


def test_without_scripts_a_command_is_refused_and_kept_too(visit: Visit) -> None:
    page = visit("ann", java_script_enabled=False)
    box_of(page).fill("/deploy plainly")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("put a blank before the /")
    expect(box_of(page)).to_have_value("/deploy plainly")
    box_of(page).fill(" /deploy plainly")
    page.get_by_role("button", name="Send").click()
    expect(post(page, "/deploy plainly")).to_have_count(1)


def test_without_scripts_one_goes_on_from_a_refused_message(visit: Visit) -> None:
    page = visit("ann", java_script_enabled=False)
    box_of(page).fill("to be answered plainly")
    page.get_by_role("button", name="Send").click()
    box_of(page).fill("/deploy")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("put a blank before the /")
    post(page, "to be answered plainly").get_by_role("link", name="Reply to").click()
    box_of(page).fill("the plain answer")
    page.get_by_role("button", name="Send").click()
    expect(post(page, "the plain answer").locator(".answers")).to_be_visible()
