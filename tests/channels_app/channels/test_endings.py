"""What stands in a channel ends in the transaction that archives it."""

import pytest

from channels_app.channels import channels, endings
from channels_app.membership.models import Channel
from tests import make

pytestmark = pytest.mark.django_db


def test_an_ending_that_fails_leaves_the_channel_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(channel: Channel, at: int) -> None:
        raise ValueError(channel.name)

    monkeypatch.setattr(endings, "_endings", [fail])
    ann = make.user()
    channel = make.channel(None, ann)
    with pytest.raises(ValueError, match=channel.name):
        channels.archive(actor=ann, channel=channel)
    assert Channel.objects.get(id=channel.id).delete_at == 0


def test_every_ending_hears_of_the_channel_and_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, int]] = []
    listeners = [lambda channel, at: heard.append((channel.id, at))] * 2
    monkeypatch.setattr(endings, "_endings", listeners)
    ann = make.user()
    channel = make.channel(None, ann)
    channels.archive(actor=ann, channel=channel)
    assert heard == [(channel.id, Channel.objects.get(id=channel.id).delete_at)] * 2
