"""Hears of new posts for one web process and passes the hints on to the pages that wait for them.

One Redis connection serves all listeners of the process. It comes back by itself; since hints may have been
lost meanwhile, everybody is then told so.

A page answers a hint with a request. So the pages of a small channel hear at once, those of a large one take
turns, and what happens until it is a page's turn reaches it as one hint.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

import redis.asyncio
from redis.exceptions import RedisError

from .live import MISSED, REDIS_CHANNEL, Words, merged

SMALL_CHANNEL = 10  # so many pages may ask at the same time
TURNS_PER_SECOND = 100.0  # requests that the hints of this process cause at most, small channels aside
FIRST_RECONNECT_MS, SHORTEST_SPREAD_MS = 1000, 3000
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
HEALTH_CHECK_SECONDS = 15

END = None

logger = logging.getLogger(__name__)


class Listener:
    """Someone who waits for the hints of one channel."""

    def __init__(self) -> None:
        self._words: Words = ()
        self._may_look = asyncio.Event()
        self._is_ended = False

    async def next(self) -> Words | None:
        """The words of the next hint, merged with those it had to wait for; END when there will be no more."""
        await self._may_look.wait()
        if self._is_ended:
            return END
        self._may_look.clear()
        words, self._words = self._words, ()
        return words

    def add(self, words: Iterable[str]) -> bool:
        """Keep words for the listener's turn; does it need one, or has it one to come already?"""
        needs_turn = not self._words
        self._words = merged(self._words, words)
        return needs_turn

    def take_turn(self) -> None:
        """Let next() answer."""
        self._may_look.set()

    def end(self) -> None:
        """Let next() answer END, whatever else there is to tell."""
        self._is_ended = True
        self._may_look.set()


class Hub:
    """The listeners of this process and the connection that feeds them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._is_closed = False
        self._next_turn_at = 0.0

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

    def reconnect_after_ms(self) -> int:
        """When a listener that lost its connection should be back: together they must not come at once."""
        spread = max(SHORTEST_SPREAD_MS, 1000 * len(self._everybody()) / TURNS_PER_SECOND)
        return int(FIRST_RECONNECT_MS + spread * random.random())  # noqa: S311 - not a secret

    def close(self) -> None:
        """End every listener, also those that come later: the process is about to stop."""
        self._is_closed = True
        for listener in self._everybody():
            listener.end()

    async def run(self) -> None:
        """Pass hints on until cancelled, whatever becomes of Redis."""
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
            self._tell(self._everybody(), [MISSED])
            while True:
                # The time limit lets the health check run; it finds a connection that died silently.
                message = await subscription.get_message(timeout=HEALTH_CHECK_SECONDS)
                if message is not None:
                    self._pass_on(message["data"])

    def _pass_on(self, hint: str) -> None:
        channel_id, *words = hint.split(" ")
        self._tell(self._listeners.get(channel_id, ()), words)

    def _tell(self, listeners: Collection[Listener], words: Collection[str]) -> None:
        waiting = [listener for listener in listeners if listener.add(words)]
        loop = asyncio.get_running_loop()
        for listener in waiting:
            if len(listeners) <= SMALL_CHANNEL:
                listener.take_turn()
                continue
            turn_at = max(self._next_turn_at, loop.time())
            self._next_turn_at = turn_at + 1 / TURNS_PER_SECOND
            loop.call_at(turn_at, listener.take_turn)

    def _everybody(self) -> list[Listener]:
        return [listener for listeners in self._listeners.values() for listener in listeners]
