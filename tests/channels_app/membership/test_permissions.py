"""Who may do what: the gate, asked for every kind of actor."""

from collections.abc import Callable

import pytest

from channels_app.membership import permissions
from channels_app.membership.models import PRIVATE, ChannelMember
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db

ACTORS = ["administrator", "team admin", "member", "team mate", "stranger"]
MAY = {
    # permission: in a public channel, in a private channel
    "read_channel": (
        {"administrator", "team admin", "member", "team mate"},
        {"administrator", "member"},
    ),
    "create_post": ({"administrator", "member"}, {"administrator", "member"}),
    "manage_incoming_webhooks": (
        {"administrator", "team admin"},
        {"administrator", "team admin"},
    ),
    "manage_others_outgoing_webhooks": (
        {"administrator", "team admin"},
        {"administrator", "team admin"},
    ),
    "manage_system": ({"administrator"}, {"administrator"}),
}


@pytest.mark.parametrize("kind", ["O", PRIVATE])
@pytest.mark.parametrize("permission", MAY)
def test_what_each_kind_of_person_may_do_in_a_channel(permission: str, kind: str) -> None:
    member, mate = make.user(), make.user()
    team = make.team(member, mate)
    channel = make.channel(team, member, type=kind)
    people = {
        "administrator": make.admin(),
        "team admin": make.team_admin(team),
        "member": member,
        "team mate": mate,
        "stranger": make.user(),
    }
    may = {name for name in ACTORS if permissions.may(people[name], permission, channel=channel)}
    assert may == MAY[permission][kind == PRIVATE]


def test_members_manage_hooks_of_their_own_when_the_console_opens_it(
    console: Callable[..., None],
) -> None:
    member = make.user()
    team = make.team(member)
    assert not permissions.may(member, "manage_incoming_webhooks", team=team)
    console(ServiceSettings__EnableOnlyAdminIntegrations=False)
    assert permissions.may(member, "manage_incoming_webhooks", team=team)
    assert not permissions.may(member, "manage_others_incoming_webhooks", team=team)
    assert not permissions.may(make.user(), "manage_incoming_webhooks", team=team)


def test_whoever_left_the_team_has_no_say_in_it() -> None:
    person = make.user()
    team = make.team(person)
    team.members.update(delete_at=1)
    ChannelMember.objects.filter(user=person).delete()
    with pytest.raises(AppError) as refusal:
        permissions.require(person, "view_team", team=team)
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("role", "permission", "granted"),
    [
        ("system_post_all", "create_post", True),
        ("system_post_all_public", "create_post_public", True),
        ("system_post_all_public", "create_post", False),
        ("no_such_role", "create_post", False),
    ],
)
def test_extra_roles_grant_what_their_name_says(
    role: str, permission: str, *, granted: bool
) -> None:
    person = make.user(roles=f"system_user {role}")
    assert permissions.may(person, permission, channel=make.channel()) is granted
