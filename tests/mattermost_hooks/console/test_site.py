"""The System Console: who gets in, what stands where, how the server is."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.test import Client
from django.urls import reverse

from mattermost_hooks import redis_link
from mattermost_hooks.console.site import GROUPS, site
from tests import browsing, make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

INDEX = "/admin_console/"
PAGES = [f"{INDEX}{page.slug}/" for page in site._pages]
LISTS = [f"{INDEX}{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]


@pytest.fixture
def admin() -> Client:
    """A browser of an administrator."""
    return browsing.signed_in(make.admin())


@pytest.mark.parametrize("address", [INDEX, *PAGES, *LISTS])
def test_strangers_are_sent_to_the_sign_in_page_and_back(address: str) -> None:
    answer = Client().get(address, follow=True)
    last, _ = answer.redirect_chain[-1]
    assert last == f"/login?next={address}"


@pytest.mark.parametrize("address", [INDEX, *PAGES, *LISTS])
def test_people_are_refused(address: str) -> None:
    answer = browsing.signed_in(make.user()).get(address, follow=True)
    assert answer.status_code == 403


@pytest.mark.parametrize("address", [INDEX, *PAGES, *LISTS])
def test_administrators_see_every_page(admin: Client, address: str) -> None:
    answer = admin.get(address)
    assert answer.status_code == 200
    assert "System Console" in text_of(answer)


@pytest.mark.parametrize("address", [INDEX, *PAGES, *LISTS])
def test_no_page_asks_another_host_for_anything(admin: Client, address: str) -> None:
    asked = re.findall(
        r"<(?:link|script|img|iframe)[^>]+?(?:href|src)=\"([^\"]+)", text_of(admin.get(address))
    )
    assert asked
    assert [one for one in asked if not one.startswith("/")] == []


def test_the_console_bears_the_name_of_the_site(
    admin: Client, console: Callable[..., None]
) -> None:
    console(TeamSettings__SiteName="Bridge & Co")
    assert "System Console · Bridge &amp; Co</title>" in text_of(admin.get(INDEX))


def test_a_deactivated_administrator_does_not_get_in() -> None:
    account = make.admin()
    client = browsing.signed_in(account)
    account.delete_at = 1
    account.save()
    assert client.get(INDEX).status_code == 302


def test_the_sidebar_has_everything_in_mattermosts_groups(admin: Client) -> None:
    sidebar = admin.get(INDEX).context["sidebar_navigation"]
    titles = {group["title"]: [item["title"] for item in group["items"]] for group in sidebar}
    assert list(titles) == ["", *GROUPS]
    assert titles["Integrations"] == [
        "Integration Management",
        "Bot Accounts",
        "Incoming Webhooks",
        "Incoming Calls",
        "Outgoing Webhooks",
        "Deliveries",
    ]
    assert sorted(titles["User Management"]) == [
        "Access Tokens",
        "Bots",
        "Channels",
        "Sessions",
        "Team Members",
        "Teams",
        "Users",
    ]


def test_the_page_at_hand_is_marked_in_the_sidebar(admin: Client) -> None:
    sidebar = admin.get(f"{INDEX}posts/").context["sidebar_navigation"]
    marked = [item["title"] for group in sidebar for item in group["items"] if item["active"]]
    assert marked == ["Posts"]


def test_every_list_belongs_to_a_group() -> None:
    assert all(getattr(listed, "group", "") in GROUPS for listed in site._registry.values())


def test_signing_out_is_the_products_own_page(admin: Client) -> None:
    answer = admin.post(reverse("admin:logout"))
    assert (answer.status_code, answer.headers["Location"]) == (307, "/logout")


def test_ones_own_password_is_changed_on_ones_own_record() -> None:
    account = make.admin()
    answer = browsing.signed_in(account).get(reverse("admin:password_change"))
    assert answer.headers["Location"] == f"{INDEX}accounts/user/{account.id}/change/"


def _figures(client: Client) -> dict[str, Any]:
    return {figure.label: figure for figure in client.get(INDEX).context["figures"]}


def test_the_dashboard_counts_hooks_and_recent_posts(admin: Client) -> None:
    person = make.user()
    team = make.team(person)
    channel = make.channel(team)
    make.post(channel, person)
    make.post(channel, person, create_at=1)
    make.incoming_hook(channel, person)
    make.incoming_hook(channel, person, delete_at=1)
    make.outgoing_hook(team, person)
    figures = _figures(admin)
    assert figures["Posts, last 24 hours"].value == 1
    assert figures["Incoming webhooks"].value == 1
    assert figures["Outgoing webhooks"].value == 1


def test_the_dashboard_says_when_redis_is_away(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not _figures(admin)["Redis"].alarming

    def refuse() -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(redis_link.connection, "ping", refuse)
    assert _figures(admin)["Redis"].alarming
