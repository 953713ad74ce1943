"""REST v4 of teams."""

from collections.abc import Callable
from typing import Any

import pytest

from channels_app.membership.models import ChannelMember, Team
from mattermost_hooks.own_words import own_words
from tests import make

pytestmark = pytest.mark.django_db


def test_a_team_comes_with_two_channels_and_its_maker_in_them(api: Any) -> None:
    maker = make.user()
    answer = api(maker).post("/teams", {"name": "gold", "display_name": "Gold", "type": "O"})
    assert answer.status_code == 201
    team = Team.objects.get(id=answer.json()["id"])
    assert {channel.name for channel in team.channels.all()} == {"town-square", "off-topic"}
    assert ChannelMember.objects.filter(user=maker, is_admin=True).count() == 2
    assert api(maker).get("/teams/name/gold").json()["id"] == team.id


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"name": "x"}, "model.team.is_valid.url.app_error"),
        ({"name": "admin-team"}, "model.team.is_valid.reserved.app_error"),
        ({"name": "hooks"}, "model.team.is_valid.reserved.app_error"),
        ({"name": "under_score"}, "model.team.is_valid.characters.app_error"),
        ({"display_name": ""}, "model.team.is_valid.name.app_error"),
        ({"type": "X"}, "model.team.is_valid.type.app_error"),
        ({"description": "d" * 256}, "model.team.is_valid.description.app_error"),
        ({"company_name": "c" * 65}, "model.team.is_valid.company.app_error"),
        ({"allowed_domains": "d" * 501}, "model.team.is_valid.domains.app_error"),
    ],
)
def test_what_a_team_cannot_be(api: Any, changes: dict[str, str], error_id: str) -> None:
    body = {"name": "gold", "display_name": "Gold", "type": "O"} | changes
    answer = api(make.user()).post("/teams", body)
    assert (answer.status_code, answer.json()["id"]) == (400, error_id)


@pytest.mark.parametrize("name", sorted(own_words()))
def test_no_team_has_the_first_word_of_our_own_addresses_as_its_name(api: Any, name: str) -> None:
    body = {"name": name, "display_name": "Gold", "type": "O"}
    answer = api(make.user()).post("/teams", body)
    assert answer.json()["id"] == "model.team.is_valid.reserved.app_error"


def test_a_name_is_taken_once(api: Any) -> None:
    make.team(name="gold")
    body = {"name": "gold", "display_name": "Gold", "type": "O"}
    answer = api(make.user()).post("/teams", body)
    assert answer.json()["id"] == "app.team.save.existing.app_error"


def test_strangers_see_a_team_only_when_it_is_open_to_all(api: Any) -> None:
    stranger = make.user()
    closed, opened = make.team(), make.team(allow_open_invite=True)
    assert api(stranger).get(f"/teams/{closed.id}").status_code == 403
    shown = api(stranger).get(f"/teams/{opened.id}")
    assert (shown.status_code, shown.json()["invite_id"]) == (200, "")
    assert api(stranger).get("/teams/name/nowhere").status_code == 404


def test_members_are_added_promoted_and_removed(api: Any) -> None:
    admin, person = make.admin(), make.user()
    team = make.team()
    path = f"/teams/{team.id}/members"
    body = {"team_id": team.id, "user_id": person.id}
    made = api(admin).post(path, body)
    assert (made.status_code, made.json()["roles"]) == (201, "team_user")
    assert ChannelMember.objects.filter(user=person, channel__name="town-square").exists()
    roles = {"roles": "team_user team_admin"}
    assert api(admin).put(f"{path}/{person.id}/roles", roles).status_code == 200
    assert team.members.get(user=person).is_admin
    assert api(person).delete(f"{path}/{person.id}").status_code == 200
    assert not ChannelMember.objects.filter(user=person).exists()
    assert api(admin).post(path, body).json()["roles"] == "team_user"


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"team_id": "{team}"}, 400), ({"team_id": "{team}", "user_id": "v" * 26}, 404)],
)
def test_who_cannot_be_added(api: Any, body: dict[str, str], status: int) -> None:
    team = make.team()
    filled = {key: value.format(team=team.id) for key, value in body.items()}
    assert api(make.admin()).post(f"/teams/{team.id}/members", filled).status_code == status


def test_a_full_team_takes_nobody(api: Any, console: Callable[..., None]) -> None:
    console(TeamSettings__MaxUsersPerTeam=1)
    team = make.team(make.user())
    body = {"team_id": team.id, "user_id": make.user().id}
    answer = api(make.admin()).post(f"/teams/{team.id}/members", body)
    assert answer.json()["id"] == "app.team.join_user_to_team.max_accounts.app_error"


def test_roles_that_do_not_exist_are_refused(api: Any) -> None:
    person = make.user()
    team = make.team(person)
    path = f"/teams/{team.id}/members/{person.id}/roles"
    assert api(make.admin()).put(path, {"roles": "team_user emperor"}).status_code == 400
    assert api(make.admin()).put(path, {}).status_code == 400
    assert api(person).put(path, {"roles": "team_user team_admin"}).status_code == 403
