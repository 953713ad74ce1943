"""What members have seen."""

import pytest

from channels_app.posts import posts
from channels_app.unread import counters, reading
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db


def test_viewing_a_channel_leaves_nothing_unread() -> None:
    ann, bob = make.user(), make.user()
    channel = make.channel(make.team(ann, bob), ann, bob)
    posts.submit(actor=ann, channel=channel, message="one")
    posts.submit(actor=ann, channel=channel, message="two")
    member = channel.members.get(user=bob)
    assert counters.unread(member).posts == 2
    reading.view(actor=bob, user=bob, channel_id=channel.id)
    member.refresh_from_db()
    assert counters.unread(member).posts == 0
    assert counters.of_member(member).posts == 2
    assert counters.of_channel(channel.id).posts == 2


def test_seeing_a_private_channel_from_outside_is_refused_as_if_there_were_none() -> None:
    ann, bob = make.user(), make.user()
    channel = make.channel(make.team(ann, bob), ann, type="P")
    for channel_id in (channel.id, "nosuchchannel"):
        with pytest.raises(AppError) as refusal:
            reading.view(actor=bob, user=bob, channel_id=channel_id)
        assert refusal.value.id == "app.channel.update_last_viewed_at.app_error"


def test_seeing_a_public_channel_needs_no_membership() -> None:
    ann, bob = make.user(), make.user()
    channel = make.channel(make.team(ann, bob), ann)
    post = posts.submit(actor=ann, channel=channel, message="one")
    assert reading.view(actor=bob, user=bob, channel_id=channel.id) == {channel.id: post.create_at}
