"""Announcements of posts and who may hear them, with a real Redis-compatible server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.db import transaction

from channels_app import live
from mattermost_hooks import redis_link
from tests import make


@pytest.fixture
def heard() -> Iterator[Callable[[], str | None]]:
    """What is heard next on the channel in Redis; None when there is nothing."""
    subscription: Any = redis_link.connection.pubsub(  # type: ignore[no-untyped-call] # theirs
        ignore_subscribe_messages=True
    )

    def next_news() -> str | None:
        # Redis keeps the order: all that was announced before this comes before it.
        redis_link.connection.publish(live.REDIS_CHANNEL, "end")
        while (message := subscription.get_message(timeout=5)) is None:
            pass
        return None if message["data"] == "end" else str(message["data"])

    with subscription:
        subscription.subscribe(live.REDIS_CHANNEL)
        assert next_news() is None
        yield next_news


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_post_is_announced_after_the_commit(heard: Callable[[], str | None]) -> None:
    with transaction.atomic():
        live.announce("channel", "post")
        assert heard() is None
    assert heard() == "channel post"


@pytest.mark.django_db(transaction=True)
def test_post_that_was_rolled_back_is_not_announced(heard: Callable[[], str | None]) -> None:
    with transaction.atomic():
        live.announce("channel", "post")
        transaction.set_rollback(True)
    assert heard() is None


@pytest.mark.django_db(transaction=True)
def test_announcing_survives_a_redis_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_link, "connection", redis.Redis(unix_socket_path="/nowhere"))
    live.announce("channel", "post")
    with pytest.raises(redis_link.Away):
        redis_link.ask(lambda redis: redis.ping())


@pytest.mark.django_db
def test_member_may_listen() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    assert live.may_listen(make.session(ann).token, channel.id)


@pytest.mark.django_db
def test_stranger_may_not_listen_to_a_private_channel() -> None:
    ann, bob = make.user(), make.user()
    channel = make.channel(make.team(ann, bob), ann, type="P")
    assert not live.may_listen(make.session(bob).token, channel.id)


@pytest.mark.django_db
def test_visitor_may_not_listen() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    assert not live.may_listen("", channel.id)


@pytest.mark.django_db
def test_nobody_may_listen_to_a_channel_that_does_not_exist() -> None:
    assert not live.may_listen(make.session(make.admin()).token, "nosuchchannel")
