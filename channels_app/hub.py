"""Hears of new posts for one web process and passes the news on to the pages that wait for it.

One Redis connection serves all listeners of the process. It comes back by itself; since hints may have been
lost meanwhile, everybody is then told to look.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import redis.asyncio
from redis.exceptions import RedisError

from .live import REDIS_CHANNEL

LARGEST_BACKLOG = 64
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
HEALTH_CHECK_SECONDS = 15

LOOK = ""  # in place of a post id: something may have been missed
END = None

logger = logging.getLogger(__name__)


class Listener:
    """Someone who waits for posts in one channel; one who does not keep up is ended, and may come back."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[str | None] = asyncio.Queue()

    async def next(self) -> str | None:
        """The id of the next post, LOOK, or END when there will be no more."""
        return await self._news.get()

    def tell(self, post_id: str) -> None:
        """Put an id, or LOOK, in the queue."""
        if self._news.qsize() < LARGEST_BACKLOG:
            self._news.put_nowait(post_id)
        else:
            self.end()

    def end(self) -> None:
        """Let next() answer END, ahead of all that is still in the queue."""
        while not self._news.empty():
            self._news.get_nowait()
        self._news.put_nowait(END)


class Hub:
    """The listeners of this process and the connection that feeds them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._is_closed = False

    @contextmanager
    def listening(self, channel_id: str) -> Iterator[Listener]:
        """A listener for posts of the channel, for as long as the block runs."""
        listener = Listener()
        if self._is_closed:
            listener.end()
        self._listeners[channel_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[channel_id].discard(listener)
            if not self._listeners[channel_id]:
                del self._listeners[channel_id]

    def close(self) -> None:
        """End every listener, also those that come later: the process is about to stop."""
        self._is_closed = True
        for listener in self._everybody():
            listener.end()

    async def run(self) -> None:
        """Pass news on until cancelled, whatever becomes of Redis."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                logger.warning("No live updates for now, Redis is away: %s", type(error).__name__)
            if asyncio.get_running_loop().time() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _hear(self) -> None:
        client = redis.asyncio.Redis.from_url(
            self._url,
            decode_responses=True,
            socket_connect_timeout=2,
            health_check_interval=HEALTH_CHECK_SECONDS,
        )
        async with client, client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(REDIS_CHANNEL)
            for listener in self._everybody():
                listener.tell(LOOK)
            while True:
                # The time limit lets the health check run; it finds a connection that died silently.
                message = await subscription.get_message(timeout=HEALTH_CHECK_SECONDS)
                if message is not None:
                    self._pass_on(message["data"])

    def _pass_on(self, news: str) -> None:
        channel_id, _, post_id = news.partition(" ")
        for listener in list(self._listeners.get(channel_id, ())):
            listener.tell(post_id)

    def _everybody(self) -> list[Listener]:
        return [listener for listeners in self._listeners.values() for listener in listeners]
