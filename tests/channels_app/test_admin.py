"""Teams and channels in the System Console."""

import pytest
from django.test import Client

from channels_app.models import DIRECT, Channel, Team
from tests import browsing, make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

BASE = "/admin_console/channels_app"


@pytest.fixture
def admin() -> Client:
    """A browser of an administrator."""
    return browsing.signed_in(make.admin())


def test_a_new_team_has_its_default_channels(admin: Client) -> None:
    admin.post(f"{BASE}/team/add/", {"display_name": "Bridge", "name": "bridge", "type": "O"})
    team = Team.objects.get(name="bridge")
    assert team.channels.filter(name="town-square").exists()


def test_the_rules_for_names_hold(admin: Client) -> None:
    answer = admin.post(
        f"{BASE}/team/add/", {"display_name": "B", "name": "Not this!", "type": "O"}
    )
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not Team.objects.exists()


def test_teams_are_listed_with_their_members(admin: Client) -> None:
    make.team(make.user(), make.user(), name="operations")
    page = text_of(admin.get(f"{BASE}/team/"))
    assert "Operations" in page
    assert '<td class="field-members' in page


def test_a_team_is_only_to_be_looked_at(admin: Client) -> None:
    team = make.team(name="operations")
    address = f"{BASE}/team/{team.id}/change/"
    assert admin.get(address).status_code == 200
    assert admin.post(address, {"name": "other"}).status_code == 403


def test_direct_messages_are_nobody_elses_to_see(admin: Client) -> None:
    direct = Channel.objects.create(type=DIRECT, name="one__two", display_name="Secret talk")
    assert "Secret talk" not in text_of(admin.get(f"{BASE}/channel/"))
    assert admin.get(f"{BASE}/channel/{direct.id}/change/").status_code == 302


def test_deleting_a_channel_archives_it(admin: Client) -> None:
    channel = make.channel()
    answer = admin.get(f"{BASE}/channel/{channel.id}/delete/")
    assert answer.status_code == 200
    admin.post(f"{BASE}/channel/{channel.id}/delete/", {"post": "yes"})
    channel.refresh_from_db()
    assert channel.delete_at


def test_a_refused_deletion_is_told_on_the_channels_page(admin: Client) -> None:
    square = Channel.objects.get(team=make.team(), name="town-square")
    address = f"{BASE}/channel/{square.id}/delete/"
    answer = admin.post(address, {"post": "yes"}, follow=True)
    assert answer.redirect_chain == [(f"{BASE}/channel/{square.id}/change/", 302)]
    assert "town-square" in text_of(answer)
    square.refresh_from_db()
    assert not square.delete_at
