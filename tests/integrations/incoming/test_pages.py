"""The page of incoming webhooks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.posts.models import Post
from integrations.incoming import call_log
from integrations.incoming.models import IncomingCall, IncomingWebhook
from integrations.incoming.pages import CALLS_ON_A_PAGE
from integrations.managed.forms import MOST_SUGGESTIONS
from tests import browsing, make

pytestmark = pytest.mark.django_db

PAGE = "/demo/account/integrations/incoming"


@pytest.fixture
def team() -> Team:
    """The team "demo"."""
    return make.team(name="demo")


@pytest.fixture
def square(team: Team) -> Channel:
    """Its town square."""
    return Channel.objects.get(team=team, name="town-square")


@pytest.fixture
def owner(team: Team) -> User:
    """An administrator of the team."""
    return make.team_admin(team, "owner")


@pytest.fixture
def browser(owner: User) -> Client:
    """The owner's browser."""
    return browsing.signed_in(owner)


def test_a_hook_is_added_and_shown_with_its_url_and_a_curl_line(
    browser: Client, square: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__SiteURL="https://chat.example.com")
    fields = {"channel": "town-square", "display_name": "Alerts", "channel_locked": "on"}
    page = browsing.text_of(browser.post(PAGE, fields, follow=True))
    hook = IncomingWebhook.objects.get()
    assert (hook.display_name, hook.channel_id, hook.channel_locked) == ("Alerts", square.id, True)
    assert page.count(f"https://chat.example.com/hooks/{hook.id}") == 2
    assert "curl" in page


def test_the_address_of_a_hook_is_never_made_from_the_host_header(
    browser: Client, owner: User, square: Channel
) -> None:
    hook = make.incoming_hook(square, owner)
    page = browsing.text_of(browser.get(PAGE, headers={"Host": "evil.example"}))
    assert f"/hooks/{hook.id}" in page
    assert "evil.example" not in page


def test_names_and_pictures_are_asked_for_only_while_they_are_allowed(
    browser: Client, console: Callable[..., None]
) -> None:
    assert 'name="username"' not in browsing.text_of(browser.get(PAGE))
    console(
        ServiceSettings__EnablePostUsernameOverride=True,
        ServiceSettings__EnablePostIconOverride=True,
    )
    page = browsing.text_of(browser.get(PAGE))
    assert 'name="username"' in page
    assert 'name="icon_url"' in page


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "channel", "This field is required."),
        ({"channel": "no-such"}, "channel", "Channel does not exist."),
        ({"channel": "secret"}, "channel", "Channel does not exist."),
        (
            {"channel": "town-square", "username": "not a name!"},
            "username",
            "A username has 1 to 64",
        ),
        ({"channel": "town-square", "display_name": "é" * 60}, "display_name", "At most 64 bytes"),
    ],
)
@pytest.mark.parametrize("is_new", [True, False])
def test_a_refusal_stands_beside_its_field_in_words_for_people(
    browser: Client,
    team: Team,
    owner: User,
    square: Channel,
    console: Callable[..., None],
    fields: dict[str, str],
    field: str,
    words: str,
    is_new: bool,
) -> None:
    console(ServiceSettings__EnablePostUsernameOverride=True)
    make.channel(team, name="secret", type="P")
    hook = make.incoming_hook(square, owner, display_name="Alerts")
    response = browser.post(
        PAGE if is_new else f"{PAGE}/{hook.id}", {"description": "Typed"} | fields
    )
    assert response.status_code == 400
    form = response.context["form"]
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert "_" not in form.errors[field][0]
    shown = browsing.text_of(response)
    assert f'id="id_{field}_error"' in shown
    assert 'value="Typed"' in shown
    assert list(IncomingWebhook.objects.values_list("display_name", "description")) == [
        ("Alerts", "")
    ]


def test_a_hook_is_not_moved_to_where_its_owner_is_not(
    browser: Client, team: Team, owner: User, square: Channel
) -> None:
    make.channel(team, owner, name="mine", type="P")
    bob = make.user("bob")
    team.members.create(user=bob)
    hook = make.incoming_hook(square, bob)
    form = browser.post(f"{PAGE}/{hook.id}", {"channel": "mine"}).context["form"]
    assert form.errors == {"channel": ["bob owns the webhook, and is not in this private channel."]}


def test_a_hook_is_changed_and_its_url_and_owner_stay(
    browser: Client, owner: User, team: Team, square: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__EnablePostUsernameOverride=True)
    make.channel(team, name="alerts")
    hook = make.incoming_hook(square, owner, username="robot", icon_url="https://example.com/r.png")
    fields = {
        "display_name": "Alerts",
        "description": "All alerts",
        "channel": "~alerts",
        "channel_locked": "on",
        "username": "bell",
    }
    page = browsing.text_of(browser.post(f"{PAGE}/{hook.id}", fields, follow=True))
    hook.refresh_from_db()
    assert (hook.display_name, hook.description) == ("Alerts", "All alerts")
    assert (hook.channel.name, hook.channel_locked, hook.user) == ("alerts", True, owner)
    assert (hook.username, hook.icon_url) == ("bell", "https://example.com/r.png")
    assert "The webhook is changed." in page
    assert f"/hooks/{hook.id}" in page


def test_the_page_of_a_hook_shows_what_it_holds(
    browser: Client, owner: User, square: Channel
) -> None:
    hook = make.incoming_hook(square, owner, display_name="Alerts", channel_locked=True)
    page = browser.get(f"{PAGE}/{hook.id}")
    form = page.context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        "display_name": "Alerts",
        "channel": "town-square",
        "description": "",
        "channel_locked": True,
    }
    assert f"/hooks/{hook.id}" in browsing.text_of(page)


@pytest.mark.parametrize("kind", ["deleted", "elsewhere", "unknown"])
def test_what_is_no_hook_of_the_team_has_no_page(
    browser: Client, owner: User, square: Channel, kind: str
) -> None:
    elsewhere = make.channel(make.team(owner))
    make.team_of(elsewhere).members.update(is_admin=True)
    hook_id = {
        "deleted": make.incoming_hook(square, owner, delete_at=1).id,
        "elsewhere": make.incoming_hook(elsewhere, owner).id,
        "unknown": "x" * 26,
    }[kind]
    assert browser.get(f"{PAGE}/{hook_id}").status_code == 404
    assert browser.post(f"{PAGE}/{hook_id}", {"channel": "town-square"}).status_code == 404


@pytest.mark.parametrize("typed", ["off-topic", "~off-topic", "#OFF-Topic "])
def test_a_channel_is_named_by_its_handle(browser: Client, team: Team, typed: str) -> None:
    make.channel(team, name="off-topic")
    browser.post(PAGE, {"channel": typed})
    assert IncomingWebhook.objects.get().channel.name == "off-topic"


def test_the_page_of_a_team_with_5000_channels_and_hooks_is_small(
    browser: Client, owner: User, team: Team
) -> None:
    many = Channel.objects.bulk_create(
        Channel(team=team, name=f"channel-{number}", display_name=f"Channel {number}")
        for number in range(5000)
    )
    IncomingWebhook.objects.bulk_create(
        IncomingWebhook(team=team, channel=one, user=owner, display_name=f"Hook at {one.name}.")
        for one in many
    )
    page = browsing.text_of(browser.get(PAGE))
    assert len(page) < 200_000
    assert page.count("<option") == MOST_SUGGESTIONS
    last = IncomingWebhook.objects.order_by("create_at", "id").first()
    assert last
    oldest = browsing.text_of(browser.get(PAGE, {"page": 100}))
    assert last.display_name in oldest
    assert 'rel="next"' not in oldest
    response = browser.post(PAGE, {"channel": "channel-4999", "display_name": "The newest"})
    assert "The newest" in browsing.text_of(browser.get(response.headers["Location"]))


def test_a_hook_is_deleted(browser: Client, owner: User, square: Channel) -> None:
    hook = make.incoming_hook(square, owner, display_name="Alerts")
    page = browsing.text_of(browser.post(f"{PAGE}/delete", {"hook_id": hook.id}, follow=True))
    hook.refresh_from_db()
    assert hook.delete_at
    assert "<h2>Alerts</h2>" not in page


def test_members_can_neither_see_nor_delete_nor_add(
    owner: User, team: Team, square: Channel
) -> None:
    ann = make.user()
    team.members.create(user=ann)
    hook = make.incoming_hook(square, owner)
    client = browsing.signed_in(ann)
    page = browsing.text_of(client.get(PAGE))
    assert "Only administrators" in page
    assert hook.id not in page
    assert client.post(f"{PAGE}/delete", {"hook_id": hook.id}).status_code == 403
    client.post(PAGE, {"channel": "town-square"})
    assert list(IncomingWebhook.objects.filter(delete_at=0)) == [hook]


def test_deleting_what_is_not_there_says_so(browser: Client) -> None:
    response = browser.post(f"{PAGE}/delete", {"hook_id": "x" * 26})
    assert response.status_code == 404
    assert "Unable to get the webhook." in browsing.text_of(response)


def test_the_calls_of_a_hook_have_a_page(
    browser: Client, owner: User, square: Channel, call_hook: Callable[..., Any]
) -> None:
    hook = make.incoming_hook(square, owner, display_name="Alerts")
    call_hook(hook, text="hi")
    call_hook(hook, text="<b>", channel="nowhere")
    call_log.write_down()
    listed = browsing.text_of(browser.get(PAGE))
    assert f'href="{PAGE}/{hook.id}/calls"' in listed
    assert "2 in the last 24 hours" in listed
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}/calls"))
    assert f'href="/demo/pl/{Post.objects.get().id}"' in page
    assert "web.incoming_webhook.channel.app_error" in page
    assert page.index('class="status refused"') < page.index('class="status posted"')
    assert "127.0.0.1" in page
    assert 'class="pager"' not in page
    refused = browsing.text_of(browser.get(f"{PAGE}/{hook.id}/calls", {"outcome": "refused"}))
    assert "web.incoming_webhook.channel.app_error" in refused
    assert "/demo/pl/" not in refused


def test_the_page_of_a_hook_that_nobody_called_says_so(
    browser: Client, owner: User, square: Channel
) -> None:
    hook = make.incoming_hook(square, owner)
    assert "none in the last 24 hours" in browsing.text_of(browser.get(PAGE))
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}/calls"))
    assert "Nobody has called this webhook yet." in page


def test_a_page_of_calls_leads_to_older_ones_and_back(
    browser: Client, owner: User, square: Channel
) -> None:
    hook = make.incoming_hook(square, owner)
    for number in range(CALLS_ON_A_PAGE + 1):
        IncomingCall.objects.create(hook=hook, status=400, message=f"Number {number}.")
    newest = browser.get(f"{PAGE}/{hook.id}/calls")
    assert "Number 1." in browsing.text_of(newest)
    assert "Number 0." not in browsing.text_of(newest)
    older = browsing.text_of(
        browser.get(f"{PAGE}/{hook.id}/calls", {"before": newest.context["older"]})
    )
    assert "Number 0." in older
    assert "Number 1." not in older
    assert 'rel="next"' not in older
    assert 'rel="prev" href="?"' in older


def test_many_calls_are_told_as_more_than_so_many(
    browser: Client, owner: User, square: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "MOST_COUNTED", 2)
    hook = make.incoming_hook(square, owner)
    for _ in range(5):
        IncomingCall.objects.create(hook=hook, status=200)
    assert "more than 2 in the last 24 hours" in browsing.text_of(browser.get(PAGE))


def test_calls_that_are_not_listed_are_told_by_their_number(
    browser: Client, owner: User, square: Channel
) -> None:
    hook = make.incoming_hook(square, owner)
    IncomingCall.objects.create(hook=hook, status=0, message="Calls that are not listed: 7")
    page = browsing.text_of(browser.get(f"{PAGE}/{hook.id}/calls"))
    assert "Calls that are not listed: 7" in page
    assert "an unknown address" not in page


def test_the_calls_of_another_teams_hook_have_no_page_here(browser: Client, owner: User) -> None:
    elsewhere = make.channel(make.team(owner))
    make.team_of(elsewhere).members.update(is_admin=True)
    hook = make.incoming_hook(elsewhere, owner)
    assert browser.get(f"{PAGE}/{hook.id}/calls").status_code == 404
    assert browser.get(f"{PAGE}/{hook.id}/calls", {"before": "x'"}).status_code == 404
    own = make.incoming_hook(Channel.objects.get(team__name="demo"), owner)
    assert browser.get(f"{PAGE}/{own.id}/calls", {"before": "x'"}).status_code == 400


@pytest.mark.parametrize("title", ["", " ", "\u200b\ufeff", "\u3164"])
def test_a_hook_whose_title_shows_nothing_is_called_untitled(
    title: str, browser: Client, owner: User, square: Channel
) -> None:
    hook = make.incoming_hook(square, owner, display_name=title)
    for path in (PAGE, f"{PAGE}/{hook.id}"):
        assert "Untitled webhook" in browsing.text_of(browser.get(path))
    assert str(hook) == "incoming webhook"
