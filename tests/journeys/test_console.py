"""The System Console in a real browser: letting people in, and what a wrong form says where."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import ADMIN_PASSWORD, Look, Server, Visit, barriers

pytestmark = pytest.mark.browser


@pytest.fixture
def console(visit: Visit, server: Server) -> Page:
    """The console, as its administrator sees it."""
    page = visit("admin")
    page.goto(f"{server.url}/admin_console/")
    return page


def save(page: Page) -> None:
    """Press the button of the form."""
    page.get_by_role("button", name="Save", exact=True).click()


def choose(page: Page, label: str, typed: str) -> None:
    """Pick what is offered first while one types into a list of choices."""
    box = page.get_by_role("searchbox", name=label).or_(page.get_by_role("combobox", name=label))
    box.first.click()
    page.get_by_role("searchbox", name=label).press_sequentially(typed)
    page.get_by_role("option", name=re.compile(typed, re.IGNORECASE)).click()


def test_a_new_account_is_let_into_a_team_with_one_form_and_signs_in(
    console: Page, server: Server
) -> None:
    console.goto(f"{server.url}/admin_console/accounts/user/add/")
    console.get_by_label("Username").fill("carol")
    console.get_by_label("E-mail").fill("carol@example.com")
    console.get_by_label("Password").fill(ADMIN_PASSWORD)
    choose(console, "Teams", "Demo")
    save(console)
    expect(console.get_by_text("was added successfully")).to_be_visible()
    assert console.context.browser
    hers = console.context.browser.new_context().new_page()
    hers.goto(server.url)
    hers.get_by_label("Username or email").fill("carol")
    hers.get_by_label("Password").fill(ADMIN_PASSWORD)
    hers.get_by_role("button", name="Sign in").click()
    expect(hers.get_by_role("heading", name="Town Square")).to_be_visible()
    hers.context.close()


def test_a_person_is_taken_out_of_a_team_made_administrator_and_renamed(
    console: Page, visit: Visit, server: Server
) -> None:
    bob = visit("bob")
    console.goto(f"{server.url}/admin_console/accounts/user/")
    console.get_by_role("link", name="bob", exact=True).click()
    console.get_by_label("Username").fill("robert")
    console.get_by_label("System administrator").check()
    console.locator(".select2-selection__choice__remove").click()
    save(console)
    listed = console.locator("#result_list")
    expect(listed.get_by_role("link", name="robert")).to_be_visible()
    bob.goto(server.url)
    expect(bob.get_by_text("You are in no team yet")).to_be_visible()
    bob.goto(f"{server.url}/admin_console/")
    expect(bob.get_by_role("link", name="Dashboard")).to_be_visible()
    listed.get_by_role("link", name="robert").click()
    console.get_by_label("Username").fill("bob")
    console.get_by_label("System administrator").uncheck()
    choose(console, "Teams", "Demo")
    save(console)
    bob.goto(server.url)
    expect(bob.get_by_role("heading", name="Town Square")).to_be_visible()


def test_an_empty_membership_adds_nobody_and_the_first_field_has_the_focus(
    console: Page, server: Server
) -> None:
    console.goto(f"{server.url}/admin_console/channels_app/teammember/add/")
    save(console)
    team = console.get_by_role("combobox", name="Team", exact=True)
    expect(team).to_be_focused()
    expect(team).to_have_attribute("aria-invalid", "true")
    expect(team).to_have_accessible_description("This field is required.")
    expect(console.get_by_role("combobox", name="Person")).to_have_attribute("aria-invalid", "true")
    assert_all_descriptions_are_there(console)


def test_what_was_typed_stays_and_the_wrong_field_has_the_focus(
    console: Page, server: Server
) -> None:
    console.goto(f"{server.url}/admin_console/accounts/user/add/")
    console.get_by_label("Username").fill("dora")
    console.get_by_label("E-mail").fill("ann@localhost.localdomain")
    console.get_by_label("Password").fill(ADMIN_PASSWORD)
    choose(console, "Teams", "Demo")
    save(console)
    email = console.get_by_label("E-mail")
    expect(email).to_be_focused()
    expect(email).to_have_accessible_description("An account with that email already exists.")
    expect(console.get_by_label("Username")).to_have_value("dora")
    expect(console.locator("li.select2-selection__choice")).to_contain_text("Demo")


def test_a_wrong_setting_is_told_at_its_field(console: Page, server: Server) -> None:
    console.goto(f"{server.url}/admin_console/authentication/")
    setting = console.get_by_label("Session length")
    setting.fill("0")
    save(console)
    expect(setting).to_be_focused()
    expect(setting).to_have_attribute("aria-invalid", "true")
    expect(setting).to_have_accessible_description(re.compile(r"Must lie between 1 and \d+\."))
    assert_all_descriptions_are_there(console)


def test_no_page_of_the_console_has_barriers(console: Page, server: Server) -> None:
    # Each colour and each width once: all four of all pages take minutes and find the same.
    looks = (Look("light", 1280), Look("dark", 360))
    assert barriers(console, sorted(addresses(console, server)), looks=looks) == []


def addresses(page: Page, server: Server) -> set[str]:
    """All pages of the sidebar, and of each list the form for a new record and the pages of one record."""
    found = links(page, server, "#nav-sidebar-apps a, nav a")
    for listed in [one for one in found if re.search(r"console/\w+/\w+/$", one)]:
        page.goto(listed)
        found |= links(page, server, "a[href$='/add/']")
        if records := sorted(links(page, server, "#result_list a[href*='/change/']")):
            page.goto(records[0])
            found |= {records[0]} | links(page, server, "a[href$='/delete/'], a[href$='/history/']")
    assert len(found) > 45
    return found


def links(page: Page, server: Server, selector: str) -> set[str]:
    """The addresses of the console that these links lead to."""
    all_of_them: list[str] = page.eval_on_selector_all(selector, "all => all.map(one => one.href)")
    begin = f"{server.url}/admin_console/"
    return {one.split("?")[0] for one in all_of_them if one.startswith(begin)}


def assert_all_descriptions_are_there(page: Page) -> None:
    """What `aria-describedby` names is on the page."""
    missing = page.evaluate(
        """[...document.querySelectorAll("[aria-describedby]")]
        .flatMap((one) => one.getAttribute("aria-describedby").split(" "))
        .filter((id) => !document.getElementById(id))"""
    )
    assert missing == []


def test_settings_are_read_and_saved_without_scripts(visit: Visit, server: Server) -> None:
    page = visit("admin", java_script_enabled=False)
    page.goto(f"{server.url}/admin_console/authentication/")
    page.get_by_label("Session length").fill("31")
    save(page)
    page.goto(f"{server.url}/admin_console/authentication/")
    expect(page.get_by_label("Session length")).to_be_visible()
    expect(page.get_by_label("Session length")).to_have_value("31")
    page.goto(f"{server.url}/admin_console/accounts/user/")
    expect(page.get_by_role("link", name="ann", exact=True)).to_be_visible()
