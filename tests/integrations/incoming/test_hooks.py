"""Incoming webhooks as rows: who may own them, what may change and what may not."""

from typing import Any

import pytest

from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership.models import Channel, Team
from integrations.incoming import hooks
from integrations.incoming.models import IncomingWebhook
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    """An ordinary account that made a team, as everybody may, and so runs it."""
    return make.user("ann")


@pytest.fixture
def team(ann: User) -> Team:
    """The team of ann."""
    made = make.team(ann)
    made.members.update(is_admin=True)
    return made


@pytest.fixture
def channel(team: Team) -> Channel:
    """A public channel there."""
    return make.channel(team)


def refusal(call: Any, **arguments: Any) -> AppError:
    with pytest.raises(AppError) as caught:
        call(**arguments)
    return caught.value


@pytest.mark.parametrize(
    "roles",
    [
        "system_admin system_user",
        "system_user system_user_access_token",
        "system_user system_post_all",
        "system_user system_post_all_public",
    ],
)
@pytest.mark.parametrize("is_member", [True, False])
def test_nobody_gives_a_hook_to_somebody_who_holds_more_permissions(
    ann: User, team: Team, channel: Channel, roles: str, is_member: bool
) -> None:
    stronger = make.user(roles=roles)
    if is_member:
        team.members.create(user=stronger)
    refused = refusal(hooks.create, actor=ann, channel=channel, owner_id=stronger.id)
    assert (refused.id, refused.status) == ("api.context.permissions.app_error", 403)
    assert "user_id" in refused.detail
    assert not IncomingWebhook.objects.exists()


def test_a_system_administrator_gives_hooks_to_everybody_in_the_team(
    ann: User, team: Team, channel: Channel
) -> None:
    root, other = make.admin(), make.admin()
    for member in (root, other):
        team.members.create(user=member)
    for owner in (ann, other):
        assert hooks.create(actor=root, channel=channel, owner_id=owner.id).user == owner


def test_a_team_administrator_gives_hooks_to_members_and_to_other_team_administrators(
    ann: User, team: Team, channel: Channel
) -> None:
    member, mate = make.user(), make.team_admin(team)
    team.members.create(user=member)
    for owner in (member, mate):
        assert hooks.create(actor=ann, channel=channel, owner_id=owner.id).user == owner


def test_only_the_owner_or_a_system_administrator_lets_a_hook_write_direct_messages(
    ann: User, team: Team, channel: Channel
) -> None:
    member, root = make.user(), make.admin()
    team.members.create(user=member)
    by_ann = hooks.create(actor=ann, channel=channel, owner_id=member.id)
    by_root = hooks.create(actor=root, channel=channel, owner_id=member.id)
    own = hooks.create(actor=ann, channel=channel)
    assert [hook.direct_messages for hook in (by_ann, by_root, own)] == [False, True, True]


def test_who_unlocks_the_hook_of_somebody_else_gains_no_direct_messages(
    ann: User, team: Team, channel: Channel
) -> None:
    root = make.admin()
    team.members.create(user=root)
    locked, free = (
        hooks.create(actor=root, channel=channel, channel_locked=locked) for locked in (True, False)
    )
    for hook, direct_messages in ((locked, False), (free, True)):
        hooks.update(actor=ann, hook=hook, channel=channel, channel_locked=False)
        assert hooks.find(hook.id).direct_messages is direct_messages


@pytest.mark.parametrize("state", ["stranger", "left", "deactivated"])
def test_an_owner_is_a_live_member_of_the_team(
    ann: User, team: Team, channel: Channel, state: str
) -> None:
    owner = make.user(delete_at=int(state == "deactivated"))
    if state != "stranger":
        team.members.create(user=owner, delete_at=int(state == "left"))
    refused = refusal(hooks.create, actor=ann, channel=channel, owner_id=owner.id)
    assert (refused.id, refused.status) == ("app.team.get_member.missing.app_error", 400)
    assert "user_id" in refused.detail


def test_a_system_administrator_outside_the_team_owns_no_hook_there(channel: Channel) -> None:
    assert refusal(hooks.create, actor=make.admin(), channel=channel).status == 400


def test_a_hook_is_not_pointed_at_a_private_channel_that_its_owner_is_not_in(
    ann: User, team: Team, channel: Channel
) -> None:
    member, private = make.user(), make.channel(team, ann, type="P")
    team.members.create(user=member)
    refused = refusal(hooks.create, actor=ann, channel=private, owner_id=member.id)
    assert (refused.status, "channel_id" in refused.detail) == (403, True)
    hook = hooks.create(actor=ann, channel=channel, owner_id=member.id)
    refused = refusal(hooks.update, actor=ann, hook=hook, channel=private)
    assert (refused.status, "channel_id" in refused.detail) == (403, True)
    assert hooks.find(hook.id).channel == channel
    private.members.create(user=member)
    assert hooks.update(actor=ann, hook=hook, channel=private).channel == private


def test_a_hook_whose_owner_has_left_the_team_is_not_changed(
    ann: User, team: Team, channel: Channel
) -> None:
    hook = hooks.create(actor=ann, channel=channel)
    team.members.filter(user=ann).update(delete_at=1)
    refused = refusal(hooks.update, actor=make.admin(), hook=hook, channel=channel)
    assert (refused.status, "user_id" in refused.detail) == (400, True)


def test_a_hook_deleted_meanwhile_is_a_404_and_stays_deleted(ann: User, channel: Channel) -> None:
    seen = hooks.create(actor=ann, channel=channel)
    hooks.delete(actor=ann, hook=hooks.find(seen.id))
    changed = refusal(hooks.update, actor=ann, hook=seen, channel=channel, display_name="new")
    assert changed.status == 404
    assert refusal(hooks.delete, actor=ann, hook=seen).status == 404
    stored = IncomingWebhook.objects.get()
    assert stored.delete_at > 0
    assert stored.display_name == ""


def test_the_hooks_of_a_channel_end_with_it(ann: User, team: Team, channel: Channel) -> None:
    hook, elsewhere = (
        make.incoming_hook(channel, ann),
        make.incoming_hook(make.channel(team, ann), ann),
    )
    channels.archive(actor=make.admin(), channel=channel)
    with pytest.raises(AppError):
        hooks.find(hook.id)
    assert hooks.find(elsewhere.id) == elsewhere
