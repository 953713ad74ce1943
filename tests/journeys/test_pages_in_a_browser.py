"""The pages in a real browser, on a real server with its workers, live updates and the demo's bot."""

import json
import re
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.browsing import Server, Visit, has_stayed, post, stays, write

pytestmark = pytest.mark.browser


# --- Stories ------------------------------------------------------------------------------------------


def test_the_build_bot_answers_with_a_table_while_the_page_stays(visit: Visit) -> None:
    page = visit("ann")
    answers = page.locator(".post", has_text="Build Break - Project X")
    expect(answers).not_to_have_count(0)  # the first was asked for by the demo itself
    before = answers.count()
    stays(page)
    write(page, "#build again, please")
    expect(answers).to_have_count(before + 1)
    answer = answers.last
    expect(answer.locator(".name")).to_have_text("Build bot")
    expect(answer.locator(".bot")).to_have_text("BOT")
    expect(answer.locator("tbody tr")).to_have_count(3)
    expect(answer.get_by_role("row", name="Server 948")).to_contain_text("✅ 0")
    has_stayed(page)


def test_blocks_of_slack_are_shown_as_they_were_meant(visit: Visit, server: Server) -> None:
    lists = [
        {
            "type": "rich_text_list",
            "style": style,
            "indent": indent,
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": style}]}
            ],
        }
        for indent, style in enumerate(["bullet", "ordered"])
    ]
    header = {"type": "header", "text": {"type": "plain_text", "text": "What was done"}}
    call(server.hook_url, {"blocks": [header, {"type": "rich_text", "elements": lists}]})
    shown = post(visit("ann"), "What was done")
    expect(shown.get_by_role("heading", name="What was done")).to_be_visible()
    expect(shown.locator("ul ol li")).to_have_css("list-style-type", "decimal")


def test_people_see_each_other_write(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    stays(bob)
    write(ann, "**hello** from Ann")
    expect(post(ann, "hello from Ann")).to_have_count(1)
    expect(post(bob, "hello from Ann").locator("strong")).to_have_text("hello")
    write(bob, "line one\nline two")
    expect(post(ann, "line two")).to_have_count(1)
    has_stayed(bob)


def test_a_deleted_post_leaves_the_pages_that_show_it(visit: Visit, server: Server) -> None:
    ann, bob = visit("ann"), visit("bob")
    write(ann, "this was a mistake")
    shown = post(bob, "this was a mistake")
    expect(shown).to_have_count(1)
    stays(bob)
    delete_post(ann, server, shown.get_attribute("data-id"))
    expect(shown).to_have_count(0)
    expect(post(ann, "this was a mistake")).to_have_count(0)
    has_stayed(bob)


def test_what_was_said_while_the_connection_was_away_comes_when_it_is_back(
    visit: Visit, server: Server
) -> None:
    page = visit("bob")
    stays(page)
    page.context.set_offline(True)
    call(server.hook_url, {"text": "said in the meantime"})
    write(page, "from the tunnel")
    expect(page.locator("#refusal")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    page.get_by_role("button", name="Send").click()
    expect(post(page, "from the tunnel")).to_have_count(1)
    expect(post(page, "said in the meantime")).to_have_count(1)
    expect(page.locator("#refusal")).to_be_empty()
    has_stayed(page)


def test_the_box_is_empty_again_and_keeps_what_is_refused(visit: Visit) -> None:
    page = visit("ann")
    box = page.get_by_label("Message", exact=True)
    write(page, "this one is fine")
    expect(box).to_have_value("")
    box.fill("x" * 20_000)
    box.press("Enter")
    expect(page.locator("#refusal")).not_to_be_empty()
    expect(box).to_have_value("x" * 20_000)


def test_a_hint_is_asked_about_once_and_reading_told_once_for_many_posts(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    bob.clock.install(time=0)
    with bob.expect_response(lambda response: "/new?" in response.url):
        bob.reload()
    bob.clock.pause_at(60_000)
    asked, told = requests_of(bob, "/new?"), requests_of(bob, "/viewed")
    for number in range(5):
        write(ann, f"one of a kind {number}")
        expect(post(bob, f"one of a kind {number}")).to_have_count(1)
    assert len(asked) == 5
    assert told == []
    with bob.expect_response(lambda response: response.url.endswith("/viewed")) as viewed:
        bob.clock.run_for(10_000)
    assert viewed.value.status == 204
    newest = bob.locator(".post").last.get_attribute("data-id")
    assert f"post_id={newest}" in str(viewed.value.request.post_data)
    bob.clock.run_for(60_000)
    assert len(told) == 1


def test_a_page_nobody_looks_at_reads_nothing(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    bob.evaluate("document.hasFocus = () => false")
    told: list[str] = []
    bob.on("request", lambda one: told.append(str(one.post_data)) if "/viewed" in one.url else None)
    write(ann, "is anybody there?")
    expect(post(bob, "is anybody there?")).to_have_count(1)
    bob.evaluate("window.dispatchEvent(new Event('pagehide'))")
    unseen = bob.locator(".post").last.get_attribute("data-id")
    assert [body for body in told if f"post_id={unseen}" in body] == []


def test_a_first_message_makes_the_direct_channel_and_answers_come_in(visit: Visit) -> None:
    ann, bob = visit("ann"), visit("bob")
    ann.get_by_role("link", name="Browse channels").click()
    ann.get_by_label("Write to a person").fill("@bob")
    ann.get_by_role("button", name="Write").click()
    expect(ann.get_by_role("heading", name="@bob")).to_be_visible()
    write(ann, "hello, only you")
    expect(post(ann, "hello, only you")).to_have_count(1)
    stays(ann)
    bob.reload()
    bob.get_by_role("navigation").get_by_role("link", name="Ann Archer").click()
    write(bob, "hello back")
    expect(post(ann, "hello back")).to_have_count(1)
    has_stayed(ann)


def test_who_is_put_out_of_a_team_is_told_that_the_channel_is_closed(
    visit: Visit, server: Server
) -> None:
    admin = visit("admin")
    page = visit("bob")
    team = get_json(admin, server, "/teams/name/demo")
    user = get_json(admin, server, "/users/username/bob")
    membership = f"/teams/{team['id']}/members"
    stays(page)
    headers = {"X-Requested-With": "XMLHttpRequest"}
    answer = admin.request.delete(f"{server.url}/api/v4{membership}/{user['id']}", headers=headers)
    assert answer.ok
    try:
        expect(page.locator("#stream")).to_have_text("This channel is no longer open to you.")
        has_stayed(page)
    finally:
        data = {"team_id": team["id"], "user_id": user["id"]}
        back = admin.request.post(f"{server.url}/api/v4{membership}", headers=headers, data=data)
        assert back.ok


def test_a_webhook_made_by_clicking_posts_at_once(visit: Visit) -> None:
    page = visit("admin")
    page.get_by_role("link", name="Account Settings → Integrations").click()
    page.get_by_role("button", name="Edit incoming webhooks").click()
    page.get_by_label("Title").fill("Deploys")
    page.get_by_label("Channel", exact=True).fill("off-topic")
    page.get_by_role("button", name="Add").click()
    url = page.locator(".hook", has_text="Deploys").locator(".secret code").inner_text()
    page.get_by_role("link", name="Off-Topic").click()
    expect(page.get_by_role("heading", name="Off-Topic")).to_be_visible()
    stays(page)
    call(
        url, {"text": "Deployed :rocket:", "attachments": [{"text": "to *prod*", "color": "good"}]}
    )
    arrived = post(page, "Deployed 🚀")
    expect(arrived.locator(".bot")).to_be_visible()
    expect(arrived.locator(".box.good em")).to_have_text("prod")
    has_stayed(page)


def test_an_outgoing_webhook_made_by_clicking_shows_its_token(visit: Visit) -> None:
    page = visit("admin")
    page.get_by_role("link", name="Account Settings → Integrations").click()
    page.get_by_role("button", name="Edit outgoing webhooks").click()
    page.get_by_label("Title").fill("Reviews")
    page.get_by_label("Trigger words").fill("review, look")
    page.get_by_label("Callback URLs").fill("https://ci.example.com/review")
    page.get_by_role("button", name="Add").click()
    hook = page.locator(".hook", has_text="Reviews")
    token = hook.locator(".secret code").inner_text()
    assert re.fullmatch(r"[a-z0-9]{26}", token)
    hook.get_by_text("Regenerate token").click()
    hook.get_by_role("button", name="Make a new token").click()
    expect(page.get_by_role("heading", name="Reviews", exact=True)).to_be_visible()
    shown = page.locator("dt:text-is('Token') + dd .secret code")
    expect(shown).not_to_have_text(token)


def test_older_posts_come_by_clicking_and_the_days_stay_in_order(
    visit: Visit, server: Server
) -> None:
    for number in range(70):
        call(server.hook_url, {"text": f"number {number}.", "channel": "off-topic"})
    page = visit("bob")
    page.get_by_role("link", name="Off-Topic").click()
    expect(post(page, "number 69.")).to_be_visible()
    expect(post(page, "number 5.")).to_have_count(0)
    page.get_by_role("link", name="Show older posts").click()
    expect(post(page, "number 5.")).to_have_count(1)
    expect(page.locator(".day")).to_have_count(1)
    first = page.locator("#posts > li").first
    expect(first).to_have_class("day")


def test_pages_work_without_scripts(visit: Visit) -> None:
    page = visit("ann", java_script_enabled=False)
    page.get_by_label("Message", exact=True).fill("no scripts here")
    page.get_by_role("button", name="Send").click()
    expect(post(page, "no scripts here")).to_have_count(1)


@pytest.mark.parametrize(
    "path", ["channels/town-square", "browse", "account/integrations/incoming", "messages/@bob"]
)
def test_nothing_is_wider_than_a_small_phone(visit: Visit, server: Server, path: str) -> None:
    page = visit("admin", viewport={"width": 360, "height": 640})
    page.goto(f"{server.url}/demo/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("link", name="Open the menu").click()
    expect(page.get_by_role("link", name="Town Square")).to_be_visible()


# --- What the stories are made of ---------------------------------------------------------------------


def call(url: str, payload: dict[str, object]) -> None:
    """Post to an incoming webhook as a program does."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(payload).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.read() == b"ok"


def delete_post(page: Page, server: Server, post_id: str | None) -> None:
    """Delete a post as the person of that window, over REST."""
    headers = {"X-Requested-With": "XMLHttpRequest"}
    answer = page.request.delete(f"{server.url}/api/v4/posts/{post_id}", headers=headers)
    assert answer.ok


def requests_of(page: Page, part: str) -> list[str]:
    """The addresses with this part that the page asks for from now on."""
    found: list[str] = []
    page.on("request", lambda one: found.append(one.url) if part in one.url else None)
    return found


def get_json(page: Page, server: Server, path: str) -> dict[str, str]:
    """What REST answers to the person of that window."""
    answer = page.request.get(f"{server.url}/api/v4{path}")
    assert answer.ok
    found: dict[str, str] = answer.json()
    return found
