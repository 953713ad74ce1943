"""What members have seen."""

import pytest

from channels_app import counters, posts, reading
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
    assert counters.of_channels([channel.id])[channel.id].posts == 2
