"""What a post owes to the hooks that it fires."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Origin, Post
from integrations.delivery import nudges
from integrations.delivery.models import Delivery
from integrations.outgoing import triggers
from integrations.outgoing.models import STARTS_WITH, OutgoingWebhook
from tests import make


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the deliveries that the workers were told of."""
    heard: list[str] = []
    monkeypatch.setattr(nudges, "nudge", heard.extend)
    return heard


def _hook(on: Channel, **more: Any) -> OutgoingWebhook:
    assert on.team is not None
    return make.outgoing_hook(on.team, make.user(), **more)


def _say(channel: Channel, message: str, *, origin: Origin = Origin.PERSON) -> Post:
    return posts.create(user=make.user(), channel=channel, message=message, origin=origin)


def _owed_for(post: Post) -> "QuerySet[Delivery]":
    return Delivery.objects.filter(cause_id=post.id)


@pytest.mark.django_db
def test_post_owes_a_delivery_to_every_address_of_every_hook_that_fires() -> None:
    channel = make.channel()
    urls = ["http://a.example/1", "http://a.example/2"]
    _hook(channel, callback_urls=urls)
    _hook(channel, trigger_words=["other"])

    post = _say(channel, "trigger now")

    owed = _owed_for(post)
    assert sorted(owed.values_list("url", flat=True)) == urls


@pytest.mark.django_db
def test_trigger_word_is_that_of_each_hook() -> None:
    channel = make.channel()
    _hook(channel)
    _hook(channel, trigger_words=["tri"], trigger_when=STARTS_WITH)
    _hook(channel, trigger_words=[], channel=channel)

    post = _say(channel, "trigger now")

    words = {delivery.payload["trigger_word"] for delivery in _owed_for(post)}
    assert words == {"trigger", "tri", ""}


@pytest.mark.django_db
def test_address_that_is_listed_twice_hears_once() -> None:
    channel = make.channel()
    _hook(channel, callback_urls=["http://a.example/"] * 2)

    assert _owed_for(_say(channel, "trigger")).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("origin", [Origin.WEBHOOK, Origin.SERVER])
def test_posts_of_webhooks_and_of_the_server_fire_nothing(origin: Origin) -> None:
    channel = make.channel()
    _hook(channel)

    assert not _owed_for(_say(channel, "trigger", origin=origin)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("type", ["P", "D", "G"])
def test_posts_outside_public_channels_fire_nothing(type: str) -> None:
    channel = make.channel(type=type)
    _hook(channel, channel=channel, trigger_words=[])

    assert not _owed_for(_say(channel, "trigger")).exists()


def test_nothing_fires_while_outgoing_webhooks_are_switched_off(console: Any) -> None:
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    channel = make.channel()
    _hook(channel)

    assert not _owed_for(_say(channel, "trigger")).exists()


@pytest.mark.django_db
def test_deleted_hook_and_hook_of_an_archived_team_do_not_fire() -> None:
    channel, archived = make.channel(), make.channel(make.team(delete_at=1))
    _hook(channel, delete_at=1)
    _hook(archived)

    _say(channel, "trigger")
    _say(archived, "trigger")

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_post_of_a_bot_fires() -> None:
    channel, bot = make.channel(), make.user(is_bot=True)
    _hook(channel)

    post = posts.create(user=bot, channel=channel, message="trigger", origin=Origin.PERSON)

    assert _owed_for(post).count() == 1


@pytest.mark.django_db
def test_workers_hear_after_the_commit(
    told: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    channel = make.channel()
    _hook(channel)

    with django_capture_on_commit_callbacks(execute=True):
        post = _say(channel, "trigger")
        assert told == []

    assert told == list(_owed_for(post).values_list("id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_post_and_its_deliveries_are_stored_together_or_not_at_all(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = make.channel()
    _hook(channel)

    # A delivery that the database refuses.
    monkeypatch.setattr(triggers, "_owed", lambda *_: [Delivery(claim=-1, payload={})])
    with pytest.raises(DatabaseError):
        _say(channel, "trigger")

    assert (Post.objects.count(), Delivery.objects.count(), told) == (0, 0, [])
