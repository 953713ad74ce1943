"""The live events of a channel as a page hears them: Server-Sent Events over ASGI.

Every event says "look": `event: post` with the post's id as `id` and data, or with the data `resume` when
something may have been missed, at the beginning above all. The page then fetches what is new by itself.
"""

import asyncio
from typing import Any

from .hub import END, LOOK, Hub, Listener

KEEP_ALIVE_SECONDS = 15.0
# A page reconnects by itself and is asked anew who it is.
LONGEST_STREAM_SECONDS = 15 * 60.0
# A reader who takes longer for one event is gone, or as good as gone.
SEND_WITHIN_SECONDS = 30.0

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would collect the events
]


async def serve(hub: Hub, *, channel_id: str, receive: Any, send: Any) -> None:
    """Stream the channel's events until the caller leaves, a quarter of an hour passes or the hub closes."""
    with hub.listening(channel_id) as listener:
        leaving = asyncio.ensure_future(_end_on_disconnect(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _send_piece(send, f"retry: 2000\n\n{_event(LOOK)}")
            async with asyncio.timeout(LONGEST_STREAM_SECONDS):
                await _pass_on(listener, send)
        except TimeoutError:
            pass
        finally:
            leaving.cancel()
        await send({"type": "http.response.body", "body": b""})


async def _end_on_disconnect(receive: Any, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


async def _pass_on(listener: Listener, send: Any) -> None:
    while True:
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                news = await listener.next()
        except TimeoutError:
            await _send_piece(send, ": still here\n\n")
            continue
        if news is END:
            return
        await _send_piece(send, _event(news))


def _event(post_id: str) -> str:
    if post_id == LOOK:
        return "event: post\ndata: resume\n\n"
    return f"event: post\nid: {post_id}\ndata: {post_id}\n\n"


async def _send_piece(send: Any, text: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_SECONDS):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
