"""The hub with a real Redis-compatible server."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from django.conf import settings

from channels_app.events.hints import HINTS_CHANNEL
from channels_app.stream import hub as hub_module
from channels_app.stream.hub import (
    END,
    FIRST_RECONNECT_MS,
    MOST_RECENT_CHANGES,
    SHORTEST_SPREAD_MS,
    SMALL_CHANNEL,
    TURNS_PER_SECOND,
    Hub,
    Listener,
)
from mattermost_hooks import process_cache
from tests import servers


def with_hub(url: str, story: Callable[[Hub], Awaitable[None]]) -> None:
    async def run() -> None:
        hub = Hub(url)
        task = asyncio.ensure_future(hub.run())
        try:
            await asyncio.wait_for(story(hub), timeout=20)
        finally:
            task.cancel()

    asyncio.run(run())


def publish(url: str, news: str, channel: str = HINTS_CHANNEL) -> None:
    with redis.Redis.from_url(url) as connection:
        connection.publish(channel, news)


async def connected(hub: Hub) -> None:
    """Return once the hub has found Redis: it then ends who came before."""
    with hub.listening("before") as listener:
        assert await listener.next() is END


async def subscribed(hub: Hub) -> None:
    """Return once the hub hears of posts."""
    await connected(hub)
    await hub.until_it_hears()
    assert hub._hears_posts.is_set()


@pytest.fixture
def url() -> str:
    return str(settings.REDIS_URL)


# --- Hints --------------------------------------------------------------------------------------------


@pytest.mark.servers
def test_hints_for_a_channel_reach_its_listeners_only(url: str) -> None:
    async def story(hub: Hub) -> None:
        await subscribed(hub)
        with hub.listening("one") as first, hub.listening("two") as second:
            publish(url, "one post1")
            publish(url, "two post2 post3")
            assert await first.next() == ("post1",)
            assert await second.next() == ("post2", "post3")

    with_hub(url, story)


def test_every_listener_of_a_channel_hears(url: str) -> None:
    async def story(hub: Hub) -> None:
        await subscribed(hub)
        with hub.listening("one") as first, hub.listening("one") as second:
            publish(url, "one post")
            assert (await first.next(), await second.next()) == (("post",), ("post",))

    with_hub(url, story)


def test_after_an_outage_of_redis_everyone_has_to_come_anew(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "FIRST_PAUSE_SECONDS", 0.05)

    async def story(hub: Hub, folder: Path) -> None:
        with servers.valkey(folder):
            await connected(hub)
        with hub.listening("one") as listener, servers.valkey(folder) as url:
            assert await listener.next() is END
            with hub.listening("one") as anew:
                await hub.until_it_hears()
                publish(url, "one post")
                assert await anew.next() == ("post",)

    with servers.temporary_folder() as folder:
        url = f"unix://{folder}/valkey.sock?db=0"
        with_hub(url, lambda hub: story(hub, folder))


def test_a_small_channel_hears_at_once_and_a_large_one_in_turns() -> None:
    async def story(hub: Hub) -> None:
        with ExitStack() as stack:
            small = [stack.enter_context(hub.listening("small")) for _ in range(SMALL_CHANNEL)]
            large = [stack.enter_context(hub.listening("large")) for _ in range(60)]
            hub._pass_on("large post")
            hub._pass_on("small post")
            assert ready(small) == SMALL_CHANNEL
            assert ready(large) == 0
            began = asyncio.get_running_loop().time()
            for listener in large:
                assert await listener.next() == ("post",)
            took = asyncio.get_running_loop().time() - began
            assert took >= 59 / TURNS_PER_SECOND - 0.1

    asyncio.run(story(Hub("redis://127.0.0.1:1/0")))


def test_what_happens_until_it_is_ones_turn_is_one_hint() -> None:
    async def story(hub: Hub) -> None:
        with ExitStack() as stack:
            pages = [stack.enter_context(hub.listening("one")) for _ in range(50)]
            for number in range(3):
                hub._pass_on(f"one post{number}")
            hub._pass_on("one changed")
            for page in pages:
                assert await page.next() == ("changed", "post0", "post1", "post2")
            assert ready(pages) == 0
            hub._pass_on("one post3")
            for page in pages:
                assert await page.next() == ("post3",)

    asyncio.run(story(Hub("redis://127.0.0.1:1/0")))


def test_the_more_listen_the_longer_the_time_in_which_they_come_back() -> None:
    hub = Hub("redis://127.0.0.1:1/0")
    few = {hub.reconnect_after_ms() for _ in range(200)}
    assert min(few) >= FIRST_RECONNECT_MS
    assert max(few) <= FIRST_RECONNECT_MS + SHORTEST_SPREAD_MS
    assert len(few) > 100
    with ExitStack() as stack:
        for number in range(2000):
            stack.enter_context(hub.listening(str(number)))
        many = [hub.reconnect_after_ms() for _ in range(200)]
    assert max(many) > 10_000


# --- Rights -------------------------------------------------------------------------------------------


@pytest.mark.servers
def test_a_listener_is_ended_when_its_right_has_to_be_asked_for_again(url: str) -> None:
    mine, other = ("channel_member", "one", "ann"), ("channel_member", "one", "bob")

    async def story(hub: Hub) -> None:
        await subscribed(hub)
        with hub.listening("one", [mine]) as ann, hub.listening("one", [other]) as bob:
            process_cache.forget_now(("user", "somebody"), mine)
            assert await ann.next() is END
            publish(url, "one post")
            assert await bob.next() == ("post",)

    with_hub(url, story)


def test_everybody_is_ended_when_everything_is_forgotten(url: str) -> None:
    async def story(hub: Hub) -> None:
        await subscribed(hub)
        with hub.listening("one", [("user", "ann")]) as listener:
            process_cache.forget_now(process_cache.EVERYTHING)
            assert await listener.next() is END

    with_hub(url, story)


def test_a_change_while_the_right_is_asked_for_is_not_missed() -> None:
    hub, subject = Hub("redis://127.0.0.1:1/0"), ("user", "ann")
    heard = hub.changes_heard
    hub._ask_anew([process_cache.digest(("user", "bob"))])
    assert not hub.has_changed([subject], since=heard)
    hub._ask_anew([process_cache.digest(subject)])
    assert hub.has_changed([subject], since=heard)
    assert not hub.has_changed([subject], since=hub.changes_heard)


def test_who_asked_too_long_ago_has_to_ask_again() -> None:
    hub = Hub("redis://127.0.0.1:1/0")
    hub._ask_anew([str(number) for number in range(MOST_RECENT_CHANGES + 1)])
    assert hub.has_changed([("user", "ann")], since=0)


def test_closing_ends_all_listeners_also_later_ones() -> None:
    async def story() -> None:
        hub = Hub("redis://127.0.0.1:1/0")
        with hub.listening("one") as early:
            hub.close()
            with hub.listening("one") as late:
                assert (await early.next(), await late.next()) == (END, END)

    asyncio.run(story())


def ready(listeners: list[Listener]) -> int:
    """How many of them would be answered at once."""
    return sum(listener._may_look.is_set() for listener in listeners)
