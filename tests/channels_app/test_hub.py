"""The hub with a real Redis-compatible server."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import redis

from channels_app import hub as hub_module
from channels_app.hub import END, LARGEST_BACKLOG, LOOK, Hub, Listener
from channels_app.live import REDIS_CHANNEL
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


def publish(url: str, news: str) -> None:
    with redis.Redis.from_url(url) as connection:
        connection.publish(REDIS_CHANNEL, news)


@pytest.fixture
def url(settings: object) -> str:
    return str(settings.REDIS_URL)  # type: ignore[attr-defined] # pytest-django's wrapper


@pytest.mark.servers
def test_news_of_a_channel_reach_its_listeners_only(url: str) -> None:
    async def story(hub: Hub) -> None:
        with hub.listening("one") as first, hub.listening("two") as second:
            assert (await first.next(), await second.next()) == (LOOK, LOOK)
            publish(url, "one post1")
            publish(url, "two post2")
            assert (await first.next(), await second.next()) == ("post1", "post2")

    with_hub(url, story)


def test_every_listener_of_a_channel_hears(url: str) -> None:
    async def story(hub: Hub) -> None:
        with hub.listening("one") as first, hub.listening("one") as second:
            await first.next()
            await second.next()
            publish(url, "one post")
            assert (await first.next(), await second.next()) == ("post", "post")

    with_hub(url, story)


def test_after_an_outage_of_redis_everyone_is_told_to_look(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "FIRST_PAUSE_SECONDS", 0.05)

    async def story(hub: Hub, folder: Path) -> None:
        with hub.listening("one") as listener:
            with servers.valkey(folder):
                assert await listener.next() == LOOK
            with servers.valkey(folder) as url:
                assert await listener.next() == LOOK
                publish(url, "one post")
                assert await listener.next() == "post"

    with servers.temporary_folder() as folder:
        url = f"unix://{folder}/valkey.sock?db=0"
        with_hub(url, lambda hub: story(hub, folder))


def test_listener_that_does_not_keep_up_is_ended() -> None:
    listener = Listener()
    for number in range(LARGEST_BACKLOG + 1):
        listener.tell(str(number))
    assert asyncio.run(listener.next()) is END


def test_closing_ends_all_listeners_also_later_ones() -> None:
    async def story() -> None:
        hub = Hub("redis://127.0.0.1:1/0")
        with hub.listening("one") as early:
            hub.close()
            with hub.listening("one") as late:
                assert (await early.next(), await late.next()) == (END, END)

    asyncio.run(story())
