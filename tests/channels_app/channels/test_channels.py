"""Channels: made, found, archived; direct channels; what has been seen."""

from collections.abc import Callable
from typing import Any

import pytest

from channels_app.channels import channels
from channels_app.membership.models import Channel
from channels_app.posts import posts
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db


def create(team: Any, actor: Any, **changes: str) -> Channel:
    fields = {"name": "golden", "display_name": "Golden", "type": "O"} | changes
    return channels.create(actor=actor, team=team, **fields)


def test_the_maker_of_a_channel_is_its_first_member_and_administrator() -> None:
    maker = make.user()
    channel = create(make.team(maker), maker)
    assert [(one.user, one.is_admin) for one in channel.members.all()] == [(maker, True)]


@pytest.mark.parametrize(
    ("field", "value", "error_id"),
    [
        ("name", "x", "model.channel.is_valid.2_or_more.app_error"),
        ("name", "With Blank", "model.channel.is_valid.2_or_more.app_error"),
        ("name", "-dash", "model.channel.is_valid.2_or_more.app_error"),
        ("name", f"{'a' * 26}__{'b' * 26}", "model.channel.is_valid.name.app_error"),
        ("display_name", "d" * 65, "model.channel.is_valid.display_name.app_error"),
        ("header", "h" * 1025, "model.channel.is_valid.header.app_error"),
        ("purpose", "p" * 251, "model.channel.is_valid.purpose.app_error"),
        ("type", "X", "model.channel.is_valid.type.app_error"),
        ("type", "D", "api.channel.create_channel.direct_channel.app_error"),
    ],
)
def test_what_breaks_the_limits_is_refused(field: str, value: str, error_id: str) -> None:
    maker = make.user()
    with pytest.raises(AppError) as refusal:
        create(make.team(maker), maker, **{field: value})
    assert (refusal.value.id, refusal.value.status) == (error_id, 400)


def test_a_name_is_taken_once_in_a_team_even_by_an_archived_channel() -> None:
    maker = make.user()
    team = make.team(maker)
    channels.archive(actor=maker, channel=create(team, maker))
    with pytest.raises(AppError) as refusal:
        create(team, maker)
    assert refusal.value.id == "store.sql_channel.save_channel.exists.app_error"
    assert create(make.team(maker), maker).name == "golden"


def test_archiving_deletes_the_webhooks_of_the_channel() -> None:
    maker = make.user()
    channel = create(make.team(maker), maker)
    incoming = make.incoming_hook(channel, maker)
    outgoing = make.outgoing_hook(make.team_of(channel), maker, channel=channel)
    channels.archive(actor=maker, channel=channel)
    for hook in (incoming, outgoing):
        hook.refresh_from_db()
        assert hook.delete_at


def test_town_square_and_direct_channels_cannot_be_archived() -> None:
    person = make.user()
    square = make.team(person).channels.get()
    direct = channels.direct(person, make.user())
    for channel in (square, direct):
        with pytest.raises(AppError) as refusal:
            channels.archive(actor=person, channel=channel)
        assert refusal.value.status == 400


def test_two_people_share_one_direct_channel_whoever_opens_it() -> None:
    ann, bob = make.user(), make.user()
    channel = channels.direct(ann, bob)
    assert channels.direct(bob, ann) == channel
    assert channel.name == "__".join(sorted([ann.id, bob.id]))
    assert channel.members.count() == 2
    assert channels.direct(ann, ann).members.count() == 1


def test_direct_channels_need_a_shared_team_when_the_console_says_so(
    console: Callable[..., None],
) -> None:
    console(TeamSettings__RestrictDirectMessage="team")
    ann, bob, cat = make.user(), make.user(), make.user()
    make.team(ann, bob)
    assert channels.direct(ann, bob)
    with pytest.raises(AppError) as refusal:
        channels.direct(ann, cat)
    assert refusal.value.id.endswith("direct_channel.team_restricted_error")


def test_a_private_channel_is_not_found_by_those_outside() -> None:
    member, mate = make.user(), make.user()
    team = make.team(member, mate)
    make.channel(team, member, name="secret", type="P")
    assert channels.read_by_name(actor=member, team=team, name="secret")
    with pytest.raises(AppError) as refusal:
        channels.read_by_name(actor=mate, team=team, name="secret")
    assert refusal.value.status == 404


def test_a_person_outside_the_team_cannot_be_put_into_its_channel() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    with pytest.raises(AppError) as refusal:
        channels.add_member(actor=ann, channel=channel, user=make.user())
    assert refusal.value.status == 404


def test_the_channel_says_who_came_and_what_was_changed() -> None:
    ann, bob = make.user("ann"), make.user("bob")
    team = make.team(ann, bob)
    channel = create(team, ann)
    channels.add_member(actor=ann, channel=channel, user=bob)
    channels.add_member(actor=ann, channel=channel, user=bob)
    for header in ("one", "two", ""):
        channels.patch(actor=ann, channel=channel, header=header)
    said = [(post.type, post.message) for post in posts.latest(channel)[::-1]]
    assert said == [
        ("system_join_channel", "ann joined the channel."),
        ("system_add_to_channel", "bob added to the channel by ann."),
        ("system_header_change", "ann updated the channel header to: one"),
        ("system_header_change", "ann updated the channel header from: one to: two"),
        ("system_header_change", "ann removed the channel header (was: two)"),
    ]


def test_a_changed_channel_is_seen_by_the_next_request() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    assert channels.find_shared(channel.id).header == ""
    channels.patch(actor=ann, channel=channel, header="new")
    assert Channel.objects.get(id=channel.id).header == "new"


def test_town_square_keeps_its_handle() -> None:
    ann = make.user()
    square = make.team(ann).channels.get(name="town-square")
    with pytest.raises(AppError) as refusal:
        channels.patch(actor=ann, channel=square, name="elsewhere")
    assert refusal.value.id == "api.channel.update_channel.tried.app_error"
    assert channels.patch(actor=ann, channel=square, header="Hello").header == "Hello"


def test_only_members_archive_a_public_channel_not_the_teams_administrator() -> None:
    ann = make.user()
    team = make.team(ann)
    channel = make.channel(team, ann)
    with pytest.raises(AppError) as refusal:
        channels.archive(actor=make.team_admin(team), channel=channel)
    assert refusal.value.status == 403
    channels.archive(actor=ann, channel=channel)
