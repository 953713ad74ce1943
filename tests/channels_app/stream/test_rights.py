"""Who may hear of the posts in a channel."""

import pytest

from channels_app.stream import rights
from tests import make


@pytest.mark.django_db
def test_member_may_listen() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    token = make.session(ann).token
    assert rights.right_to_listen(token, channel.id) == (
        ("session", token),
        ("user", ann.id),
        ("channel", channel.id),
        ("channel_member", channel.id, ann.id),
        ("team_member", channel.team_id, ann.id),
    )


@pytest.mark.django_db
def test_stranger_may_not_listen_to_a_private_channel() -> None:
    ann, bob = make.user(), make.user()
    channel = make.channel(make.team(ann, bob), ann, type="P")
    assert not rights.right_to_listen(make.session(bob).token, channel.id)


@pytest.mark.django_db
def test_nobody_may_listen_to_an_archived_channel() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann, delete_at=1)
    assert not rights.right_to_listen(make.session(ann).token, channel.id)


@pytest.mark.django_db
def test_visitor_may_not_listen() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    assert not rights.right_to_listen("", channel.id)


@pytest.mark.django_db
def test_nobody_may_listen_to_a_channel_that_does_not_exist() -> None:
    assert not rights.right_to_listen(make.session(make.admin()).token, "nosuchchannel")


@pytest.mark.servers
@pytest.mark.django_db
def test_nobody_may_listen_to_what_cannot_be_a_channel() -> None:
    assert not rights.right_to_listen(make.session(make.admin()).token, "\0" * 26)
