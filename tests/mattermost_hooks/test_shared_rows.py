"""Rows that several threads hold at once."""

from collections.abc import Callable

import pytest

from channels_app.membership.models import Channel
from mattermost_hooks.shared_rows import SharedRowChanged, is_shared, shared
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    """A shared channel, loaded with its team."""
    made = make.channel()
    return shared(Channel.objects.select_related("team").get(id=made.id))


@pytest.mark.parametrize(
    "change",
    [
        lambda channel: setattr(channel, "name", "other"),
        lambda channel: delattr(channel, "name"),
        lambda channel: channel.save(update_fields=["name"]),
        lambda channel: channel.delete(),
        lambda channel: channel.refresh_from_db(),
        lambda channel: setattr(channel.team, "name", "other"),
        lambda channel: channel.creator,
    ],
)
def test_nobody_changes_a_shared_row_or_loads_more_through_it(
    channel: Channel, change: Callable[[Channel], object]
) -> None:
    with pytest.raises(SharedRowChanged):
        change(channel)
    assert Channel.objects.filter(id=channel.id, name=channel.name).exists()


def test_a_shared_row_looks_like_any_other(channel: Channel) -> None:
    own = Channel.objects.get(id=channel.id)
    assert is_shared(channel)
    assert not is_shared(own)
    assert isinstance(channel, Channel)
    assert channel == own
    assert make.post(channel, make.user()).channel is channel


def test_rows_in_a_tuple_are_shared_too() -> None:
    assert all(is_shared(user) for user in shared((make.user(), make.user())))
