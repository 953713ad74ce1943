"""The pages of webhooks in a real browser: changing one, and what a wrong form says where."""

import json
import re

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests import running
from tests.browsing import Server, Visit, barriers, barriers_on, enter, post, write

pytestmark = pytest.mark.browser

INTEGRATIONS = "demo/account/integrations"


def own_page(page: Page, server: Server, kind: str, title: str) -> str:
    """Open the page of a webhook by its link in the list; the address."""
    page.goto(f"{server.url}/{INTEGRATIONS}/{kind}")
    page.get_by_role("button", name=f"Edit {title}").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    return page.url


def secret(page: Page, name: str) -> Locator:
    """The secret of this name."""
    return page.locator("dt", has_text=re.compile(f"^{name}$")).locator("+ dd .secret code")


def test_an_incoming_webhook_that_is_moved_posts_elsewhere(visit: Visit, server: Server) -> None:
    page = visit("admin")
    page.goto(f"{server.url}/{INTEGRATIONS}/incoming")
    page.get_by_label("Title").fill("Deploys")
    page.get_by_label("Channel", exact=True).fill("town-square")
    page.get_by_role("button", name="Add").click()
    own_page(page, server, "incoming", "Deploys")
    url = page.locator(".secret code").inner_text()
    page.get_by_label("Channel", exact=True).fill("off-topic")
    page.get_by_label("Title").fill("Releases")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The webhook is changed.")).to_be_visible()
    expect(page.get_by_role("heading", name="Releases")).to_be_visible()
    assert page.locator(".secret code").inner_text() == url
    requests.post(url, json.dumps({"text": "Released"}), timeout=10).raise_for_status()
    page.get_by_role("link", name="Off-Topic").click()
    expect(post(page, "Released")).to_have_count(1)


def test_the_silence_of_a_webhook_is_explained(visit: Visit, server: Server) -> None:
    page = visit("admin")
    write(page, "please #build it")
    expect(post(page, "please #build it")).to_have_count(1)
    link = post(page, "please #build it").locator(".when").get_attribute("href")
    page.goto(f"{server.url}/{INTEGRATIONS}/outgoing")
    page.get_by_role("button", name="Why did Build bot not fire?").click()
    page.get_by_role("button", name="Explain: please #build it").click()
    reason = "The first word, “please”, is none of the trigger words: “#build”."
    expect(page.get_by_role("status")).to_have_text(f"It did not fire. {reason}")
    expect(page.locator(".rules .broken")).to_contain_text(reason)
    answered = page.url
    page.get_by_label("A link to the post").fill("nonsense")
    page.get_by_role("button", name="Explain", exact=True).first.click()
    expect(page.get_by_label("A link to the post")).to_be_focused()
    expect(page.get_by_text("neither a link to a post")).to_be_visible()
    assert barriers_on(page) == []
    page.get_by_label("A link to the post").fill(f"{server.url}{link}")
    page.get_by_label("A link to the post").press("Enter")
    expect(page.get_by_role("status")).to_contain_text(reason)
    assert barriers(page, [answered]) == []


def test_an_outgoing_webhook_is_changed_and_gets_a_new_token(visit: Visit, server: Server) -> None:
    page = visit("admin")
    page.goto(f"{server.url}/{INTEGRATIONS}/outgoing")
    page.get_by_label("Title").fill("Reviews")
    page.get_by_label("Trigger words").fill("review")
    page.get_by_label("Callback URLs").fill("https://ci.example.com/review")
    page.get_by_role("button", name="Add").click()
    address = own_page(page, server, "outgoing", "Reviews")
    token = secret(page, "Token").inner_text()
    page.get_by_label("Trigger words").fill("review, look")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The webhook is changed.")).to_be_visible()
    expect(page.locator(".hook")).to_contain_text("look")
    assert secret(page, "Token").inner_text() == token
    page.get_by_text("Regenerate token").click()
    page.get_by_role("button", name="Make a new token").click()
    expect(secret(page, "Token")).not_to_have_text(token)
    assert page.url == address


def test_a_new_signing_secret_is_shown_with_the_end_of_the_one_before(
    visit: Visit, server: Server
) -> None:
    page = visit("admin")
    address = own_page(page, server, "outgoing", "Build bot")
    first = secret(page, "Signing secret").inner_text()
    page.get_by_text("Regenerate signing secret").click()
    page.get_by_role("button", name="Make a new signing secret").click()
    expect(page.get_by_role("status")).to_have_text("The webhook has a new signing secret.")
    expect(secret(page, "Signing secret")).not_to_have_text(first)
    expect(secret(page, "Signing secret")).to_have_text(re.compile(r"whsec_[\w+/]{43}="))
    expect(page.get_by_text("The one before it signs, too, until")).to_be_visible()
    assert page.url == address
    page.get_by_role("button", name="Copy the signing secret").click()
    expect(page.get_by_role("button", name="Copy the signing secret")).to_have_text("Copied")
    assert barriers(page, [address]) == []


@pytest.mark.parametrize("scripts", [True, False])
def test_an_empty_form_adds_nothing_and_says_so_at_its_field(
    visit: Visit, server: Server, scripts: bool
) -> None:
    page = visit("admin", java_script_enabled=scripts)
    page.goto(f"{server.url}/{INTEGRATIONS}/outgoing")
    hooks = page.locator(".hook").count()
    page.get_by_label("Title").fill("Typed")
    page.get_by_label("Trigger words").fill("x")
    page.get_by_label("Callback URLs").fill("  ")  # nothing, but enough for the browser's own check
    page.get_by_role("button", name="Add").click()
    wrong = page.get_by_label("Callback URLs")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(
        "One per line. Each gets a POST request for every post that fires. This field is required."
    )
    expect(page.get_by_label("Title")).to_have_value("Typed")
    expect(page.locator(".hook")).to_have_count(hooks)


def test_what_the_service_refuses_stands_at_its_field(visit: Visit, server: Server) -> None:
    page = visit("admin")
    own_page(page, server, "outgoing", "Build bot")
    page.get_by_label("Trigger words").fill("")
    page.get_by_role("button", name="Save").click()
    wrong = page.get_by_label("Trigger words")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute(
        "aria-describedby", "id_trigger_words_helptext id_trigger_words_error"
    )
    expect(page.locator("#id_trigger_words_error")).to_have_text(
        "Give trigger words, a channel, or both."
    )
    assert barriers_on(page) == []


def test_a_form_that_came_too_late_is_kept(visit: Visit, server: Server) -> None:
    page = visit("admin")
    own_page(page, server, "incoming", "Monitoring")
    page.get_by_label("Description").fill("Written for long")
    page.context.clear_cookies(name="MMAUTHTOKEN")
    page.get_by_role("button", name="Save").click()
    enter(page, server, "admin")
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_label("Description")).to_have_value("Written for long")


@pytest.mark.parametrize(("kind", "title"), [("incoming", "Monitoring"), ("outgoing", "Build bot")])
def test_the_page_of_a_webhook_has_no_barriers_and_fits_a_small_phone(
    visit: Visit, server: Server, kind: str, title: str
) -> None:
    page = visit("admin")
    assert barriers(page, [own_page(page, server, kind, title)]) == []
    assert page.viewport_size == {"width": 360, "height": 900}
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_owner_of_a_webhook_reads_why_a_call_was_refused(visit: Visit, server: Server) -> None:
    page = visit("admin")
    own_page(page, server, "incoming", "Monitoring")
    url = page.locator(".secret code").inner_text()
    requests.post(url, json.dumps({"text": "Seen by its owner"}), timeout=10).raise_for_status()
    assert requests.post(url, json.dumps({"text": 5}), timeout=10).status_code == 400
    page.get_by_role("link", name="Calls of Monitoring").click()
    calls = page.locator(".calls li")
    running.wait_for(lambda: page.reload() and calls.filter(has_text="refused").count())
    page.get_by_role("link", name="Refused").click()
    expect(calls.first).to_contain_text("text must be a string")
    page.get_by_role("link", name="Posted").click()
    address = page.url
    calls.first.get_by_role("link", name="The post of").click()
    expect(post(page, "Seen by its owner")).to_have_count(1)
    assert barriers(page, [address, address.partition("?")[0]]) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_who_signs_in_wrongly_stands_in_the_field_to_type_anew(
    visit: Visit, server: Server
) -> None:
    page = visit("ann")
    page.goto("about:blank")  # a page that hears of its end goes to the sign-in by itself
    page.context.clear_cookies()
    page.goto(f"{server.url}/login")
    expect(page.get_by_label("Username or email")).to_be_focused()
    page.get_by_label("Username or email").fill("ann")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    password = page.get_by_label("Password")
    expect(password).to_be_focused()
    expect(password).to_have_value("")
    expect(password).to_have_accessible_description(
        "Enter a valid email or username and/or password."
    )
    expect(page.get_by_label("Username or email")).to_have_value("ann")
