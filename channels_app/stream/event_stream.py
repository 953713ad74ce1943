"""The live events of a channel as a page hears them: Server-Sent Events over ASGI.

Every event says "look": `event: post`, its data the ids of new posts with blanks between, or among them
`changed` when posts were changed or deleted and `resume` when something may have been missed, at the beginning
above all. The page then fetches what is new by itself.
"""

import asyncio
from collections.abc import Collection
from typing import Any

from channels_app.events.hints import MISSED, Words
from mattermost_hooks.process_cache import Subject

from .hub import END, Hub, Listener

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


async def serve(
    hub: Hub, *, channel_id: str, subjects: Collection[Subject], receive: Any, send: Any
) -> None:
    """Stream the channel's events to a caller whose right to them rests on these subjects.

    It ends when the caller leaves, a quarter of an hour passes, a subject changes or the hub closes.
    """
    with hub.listening(channel_id, subjects) as listener:
        leaving = asyncio.ensure_future(_end_on_disconnect(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await hub.until_it_hears()
            await _send_piece(send, f"retry: {hub.reconnect_after_ms()}\n\n{_event((MISSED,))}")
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
                words = await listener.next()
        except TimeoutError:
            await _send_piece(send, ": still here\n\n")
            continue
        if words is END:
            return
        await _send_piece(send, _event(words))


def _event(words: Words) -> str:
    return f"event: post\ndata: {' '.join(words)}\n\n"


async def _send_piece(send: Any, text: str) -> None:
    async with asyncio.timeout(SEND_WITHIN_SECONDS):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
