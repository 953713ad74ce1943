"""Announcements of posts and who may hear them, with a real Redis-compatible server."""

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from channels_app.events import hints
from mattermost_hooks import redis_link


@pytest.fixture
def heard() -> Iterator[Callable[[], str | None]]:
    """What is heard next on the channel in Redis; None when there is nothing."""
    subscription: Any = redis_link.connection.pubsub(  # type: ignore[no-untyped-call] # theirs
        ignore_subscribe_messages=True
    )

    def next_news() -> str | None:
        # Redis keeps the order: all that was announced before this comes before it.
        redis_link.connection.publish(hints.HINTS_CHANNEL, "end")
        while (message := subscription.get_message(timeout=5)) is None:
            pass
        return None if message["data"] == "end" else str(message["data"])

    with subscription:
        subscription.subscribe(hints.HINTS_CHANNEL)
        assert next_news() is None
        yield next_news


def next_of(heard: Callable[[], str | None]) -> str:
    """The next hint, however long its publisher takes."""
    while (hint := heard()) is None:
        pass
    return hint


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_post_is_announced_after_the_commit(heard: Callable[[], str | None]) -> None:
    with transaction.atomic():
        hints.announce("channel", "post")
        assert heard() is None
    assert next_of(heard) == "channel post"


@pytest.mark.django_db(transaction=True)
def test_post_that_was_rolled_back_is_not_announced(heard: Callable[[], str | None]) -> None:
    with transaction.atomic():
        hints.announce("channel", "post")
        transaction.set_rollback(True)
    assert heard() is None


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_as_such(heard: Callable[[], str | None]) -> None:
    hints.announce_change("channel")
    assert next_of(heard) == "channel changed"


def test_in_a_rush_the_hints_for_a_channel_go_out_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, published = threading.Event(), queue.Queue[dict[str, hints.Words]]()

    def slow(command: Any) -> None:
        published.put(command.args[0])
        assert busy.wait(10)

    monkeypatch.setattr(redis_link, "ask", slow)
    publisher = hints.HintPublisher()
    publisher.publish("channel", "first")
    assert published.get(timeout=10) == {"channel": ("first",)}
    for word in ("second", hints.CHANGED, "third"):
        publisher.publish("channel", word)
    publisher.publish("other", "fourth")
    busy.set()
    assert published.get(timeout=10) == {
        "channel": (hints.CHANGED, "second", "third"),
        "other": ("fourth",),
    }


def test_of_many_posts_the_latest_are_named_and_no_change_is_forgotten() -> None:
    words = hints.merged((hints.CHANGED, "a"), (f"post{number}" for number in range(1000)))
    assert words[:1] == (hints.CHANGED,)
    assert words[1:] == tuple(f"post{number}" for number in range(1000 - hints.MOST_POSTS, 1000))


def test_the_publisher_outlives_a_redis_that_is_away(
    monkeypatch: pytest.MonkeyPatch, heard: Callable[[], str | None]
) -> None:
    asked = threading.Event()

    def away(command: Any) -> None:
        asked.set()
        raise redis_link.Away

    publisher = hints.HintPublisher()
    with monkeypatch.context() as patch:
        patch.setattr(redis_link, "ask", away)
        publisher.publish("channel", "lost")
        assert asked.wait(10)
    publisher.publish("channel", "post")
    assert next_of(heard) == "channel post"
