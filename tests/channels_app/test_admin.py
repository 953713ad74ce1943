"""Teams and channels in the System Console."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.people.models import Bot, User
from channels_app.membership.models import DIRECT, Channel, Team, TeamMember
from mattermost_hooks import process_cache
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


# --- Who is in which team -----------------------------------------------------------------------------


@pytest.fixture
def ann() -> User:
    """A person in no team."""
    return make.user("ann")


def test_a_new_account_has_its_first_password_and_teams_from_one_form(admin: Client) -> None:
    gold, iron = make.team(name="gold"), make.team(name="iron")
    fields = {"username": "ann", "email": "ann@example.com", "password": make.PASSWORD}
    answer = admin.post("/admin_console/accounts/user/add/", fields | {"teams": [gold.id, iron.id]})
    assert answer.status_code == 302
    ann = User.objects.get(username="ann")
    assert ann.check_password(make.PASSWORD)
    assert _channels_of(ann) == ["gold/town-square", "iron/town-square"]


def test_an_account_is_not_made_without_the_team_it_was_meant_for(
    admin: Client, console: Callable[..., None]
) -> None:
    console(TeamSettings__MaxUsersPerTeam=1)
    full = make.team(make.user(), name="full")
    fields = {"username": "ann", "email": "ann@example.com", "password": make.PASSWORD}
    answer = admin.post("/admin_console/accounts/user/add/", fields | {"teams": [full.id]})
    assert _errors(answer) == {"teams": ["Full is full: see System Console, Users and Teams."]}
    assert not User.objects.filter(username="ann").exists()


def test_a_person_is_put_into_a_team_and_taken_out_on_the_accounts_page(
    admin: Client, ann: User
) -> None:
    gold, iron = make.team(name="gold"), make.team(ann, name="iron")
    page = f"/admin_console/accounts/user/{ann.id}/change/"
    assert f'<input type="hidden" name="initial-teams" value="{iron.id}"' in text_of(
        admin.get(page)
    )
    shown = {"username": "ann", "active": "on", "initial-teams": [iron.id]}
    admin.post(page, shown | {"teams": [gold.id]})
    assert _teams_of(ann) == ["gold"]
    assert _channels_of(ann) == ["gold/town-square"]


def test_saving_an_account_leaves_what_somebody_else_changed_meanwhile(
    admin: Client, ann: User
) -> None:
    make.team(ann, name="gold")
    page = f"/admin_console/accounts/user/{ann.id}/change/"
    admin.post(page, {"username": "ann", "active": "on"})  # as it was before she came to gold
    assert _teams_of(ann) == ["gold"]


def test_a_bot_is_put_into_a_team(admin: Client) -> None:
    robot = make.user("robot", is_bot=True)
    Bot.objects.create(user=robot, owner=make.user())
    fields = {"enabled": "on", "teams": [make.team(name="gold").id]}
    admin.post(f"/admin_console/accounts/bot/{robot.id}/change/", fields)
    assert _channels_of(robot) == ["gold/town-square"]


def test_a_member_is_added_to_a_team_as_its_administrator(admin: Client, ann: User) -> None:
    gold = make.team(name="gold")
    add = f"{BASE}/teammember/add/?team={gold.id}"
    assert add.replace("&", "&amp;") in text_of(admin.get(f"{BASE}/team/{gold.id}/change/"))
    answer = admin.post(add, {"team": gold.id, "user": ann.id, "is_admin": "on"})
    assert answer.status_code == 302
    assert TeamMember.objects.get(team=gold, user=ann).is_admin
    assert _channels_of(ann) == ["gold/town-square"]


def test_an_empty_form_adds_nobody_and_says_what_is_missing(admin: Client) -> None:
    answer = admin.post(f"{BASE}/teammember/add/", {})
    assert _errors(answer) == {
        "team": ["This field is required."],
        "user": ["This field is required."],
    }
    assert not TeamMember.objects.exists()


@pytest.mark.parametrize("before", [True, False])
def test_a_member_becomes_an_administrator_of_the_team_and_is_one_no_longer(
    admin: Client, ann: User, before: bool
) -> None:
    member = TeamMember.objects.create(team=make.team(), user=ann, is_admin=before)
    fields = {} if before else {"is_admin": "on"}
    admin.post(f"{BASE}/teammember/{member.pk}/change/", fields)
    member.refresh_from_db()
    assert member.is_admin is not before


@pytest.mark.parametrize("way", ["page", "list"])
def test_a_member_is_taken_out_of_the_team_and_its_channels(
    admin: Client, ann: User, way: str
) -> None:
    gold = make.team(ann, name="gold")
    member = TeamMember.objects.get(team=gold)
    if way == "page":
        admin.post(f"{BASE}/teammember/{member.pk}/delete/", {"post": "yes"})
    else:
        admin.post(f"{BASE}/teammember/", {"action": "remove", "_selected_action": [member.pk]})
    assert _teams_of(ann) == []
    assert _channels_of(ann) == []
    assert "ann@" not in text_of(admin.get(f"{BASE}/teammember/"))


def _teams_of(user: User) -> list[str]:
    process_cache.refresh()
    present = user.team_memberships.filter(delete_at=0).order_by("team__name")
    return list(present.values_list("team__name", flat=True))


def _channels_of(user: User) -> list[str]:
    memberships = user.channel_memberships.values_list("channel__team__name", "channel__name")
    return sorted(f"{team}/{channel}" for team, channel in memberships)


def _errors(answer: Any) -> dict[str, list[str]]:
    """What the form says, by field."""
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)
