"""Announcements of posts and who may hear them, with a real Redis-compatible server."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
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


def next_of(heard: Callable[[], str | None]) -> str:
    """The next news, however long the herald takes."""
    while (news := heard()) is None:
        pass
    return news


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_post_is_announced_after_the_commit(heard: Callable[[], str | None]) -> None:
    with transaction.atomic():
        live.announce("channel", "post")
        assert heard() is None
    assert next_of(heard) == "channel post"


@pytest.mark.django_db(transaction=True)
def test_post_that_was_rolled_back_is_not_announced(heard: Callable[[], str | None]) -> None:
    with transaction.atomic():
        live.announce("channel", "post")
        transaction.set_rollback(True)
    assert heard() is None


def test_in_a_rush_the_latest_post_of_a_channel_stands_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    busy, published = threading.Event(), queue.Queue[dict[str, str]]()

    def slow(command: Any) -> None:
        published.put(command.args[0])
        assert busy.wait(10)

    monkeypatch.setattr(redis_link, "ask", slow)
    herald = live.Herald()
    herald.tell("channel", "first")
    assert published.get(timeout=10) == {"channel": "first"}
    for post_id in ("second", "third"):
        herald.tell("channel", post_id)
    herald.tell("other", "fourth")
    busy.set()
    assert published.get(timeout=10) == {"channel": "third", "other": "fourth"}


def test_the_herald_outlives_a_redis_that_is_away(
    monkeypatch: pytest.MonkeyPatch, heard: Callable[[], str | None]
) -> None:
    asked = threading.Event()

    def away(command: Any) -> None:
        asked.set()
        raise redis_link.Away

    herald = live.Herald()
    with monkeypatch.context() as patch:
        patch.setattr(redis_link, "ask", away)
        herald.tell("channel", "lost")
        assert asked.wait(10)
    herald.tell("channel", "post")
    assert next_of(heard) == "channel post"


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


@pytest.mark.servers
@pytest.mark.django_db
def test_nobody_may_listen_to_what_cannot_be_a_channel() -> None:
    assert not live.may_listen(make.session(make.admin()).token, "\0" * 26)
