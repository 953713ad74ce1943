"""What a page receives over its event stream, byte for byte."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from channels_app.stream import event_stream
from channels_app.stream.hub import Hub
from mattermost_hooks import process_cache

BEGINNING = re.compile(rb"retry: (\d+)\n\nevent: post\ndata: resume\n\n")
SUBJECT = ("session", "token")


class Page:
    """The other end of a stream."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def receive(self) -> dict[str, Any]:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.messages.put_nowait(message)

    async def next_body(self) -> bytes:
        return bytes((await self.messages.get())["body"])


def with_stream(story: Callable[[Hub, Page, "asyncio.Future[None]"], Awaitable[None]]) -> None:
    async def run() -> None:
        hub, page = Hub("redis://127.0.0.1:1/0"), Page()
        stream = asyncio.ensure_future(
            event_stream.serve(
                hub, channel_id="one", subjects=[SUBJECT], receive=page.receive, send=page.send
            )
        )
        async with asyncio.timeout(20):
            start = await page.messages.get()
            assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
            assert BEGINNING.fullmatch(await page.next_body())
            await story(hub, page, stream)
        assert not hub._listeners.of("one")

    asyncio.run(run())


def test_posts_arrive_as_an_event_with_their_ids() -> None:
    async def story(hub: Hub, page: Page, stream: "asyncio.Future[None]") -> None:
        hub._pass_on("one post7 post8")
        assert await page.next_body() == b"event: post\ndata: post7 post8\n\n"
        page.leaves.set()
        await stream

    with_stream(story)


def test_stream_ends_when_the_page_leaves() -> None:
    async def story(hub: Hub, page: Page, stream: "asyncio.Future[None]") -> None:
        page.leaves.set()
        await stream

    with_stream(story)


def test_stream_ends_when_the_hub_closes() -> None:
    async def story(hub: Hub, page: Page, stream: "asyncio.Future[None]") -> None:
        hub.close()
        await stream
        assert page.messages.get_nowait() == {"type": "http.response.body", "body": b""}

    with_stream(story)


def test_stream_ends_when_what_its_right_rests_on_changes() -> None:
    async def story(hub: Hub, page: Page, stream: "asyncio.Future[None]") -> None:
        hub._ask_anew([process_cache.digest(SUBJECT)])
        await stream
        assert page.messages.get_nowait() == {"type": "http.response.body", "body": b""}

    with_stream(story)


def test_quiet_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "KEEP_ALIVE_SECONDS", 0.01)

    async def story(hub: Hub, page: Page, stream: "asyncio.Future[None]") -> None:
        assert await page.next_body() == b": still here\n\n"
        hub.close()
        await stream

    with_stream(story)


def test_stream_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "LONGEST_STREAM_SECONDS", 0.01)

    async def story(hub: Hub, page: Page, stream: "asyncio.Future[None]") -> None:
        await stream

    with_stream(story)
