"""Hears of new posts for one web process and passes the hints on to the pages that wait for them.

One Redis connection serves all listeners of the process. It also brings the subjects that changed: a listener
whose right rests on one of them is ended, and whoever listens there asks anew. The connection comes back by
itself; since anything may have been lost meanwhile, everybody is then ended.

A page answers a hint with a request. So the pages of a small channel hear at once, those of a large one take
turns, and what happens until it is a page's turn reaches it as one hint.
"""

import asyncio
import logging
import random
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice

import redis.asyncio
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from channels_app.events.hints import HINTS_CHANNEL, Words, merged
from mattermost_hooks.process_cache import CHANGES_CHANNEL, EVERYTHING, Subject, digest

SMALL_CHANNEL = 10  # so many pages may ask at the same time
TURNS_PER_SECOND = (
    100.0  # requests that the hints of this process cause at most, small channels aside
)
FIRST_RECONNECT_MS, SHORTEST_SPREAD_MS = 1000, 3000
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
HEALTH_CHECK_SECONDS = 15
HEARS_WITHIN_SECONDS = 2.0
MOST_RECENT_CHANGES = 1000

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


class Groups:
    """Listeners by what they have in common; empty groups take no room."""

    def __init__(self) -> None:
        self._members: defaultdict[str, set[Listener]] = defaultdict(set)

    def of(self, name: str) -> Collection[Listener]:
        """Those in the group."""
        return self._members.get(name, ())

    def add(self, listener: Listener, names: Iterable[str]) -> None:
        """Put a listener into these groups."""
        for name in names:
            self._members[name].add(listener)

    def remove(self, listener: Listener, names: Iterable[str]) -> None:
        """Take a listener out of them."""
        for name in names:
            self._members[name].discard(listener)
            if not self._members[name]:
                del self._members[name]


class Hub:
    """The listeners of this process and the connection that feeds them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners = Groups()
        self._resting_on = Groups()
        self._has_listened = asyncio.Event()
        self._hears_posts = asyncio.Event()
        self._recent_changes: deque[str] = deque(maxlen=MOST_RECENT_CHANGES)
        self.changes_heard = 0
        self.is_closed = False
        self._next_turn_at = 0.0

    @contextmanager
    def listening(self, channel_id: str, subjects: Collection[Subject] = ()) -> Iterator[Listener]:
        """A listener for posts of the channel, for as long as the block runs.

        It is ended when one of the subjects that its right rests on changes.
        """
        listener = Listener()
        if self.is_closed:
            listener.end()
        if channel_id:
            self._has_listened.set()
        digests = [digest(subject) for subject in (EVERYTHING, *subjects)]
        self._listeners.add(listener, [channel_id])
        self._resting_on.add(listener, digests)
        try:
            yield listener
        finally:
            self._listeners.remove(listener, [channel_id])
            self._resting_on.remove(listener, digests)

    async def until_it_hears(self) -> None:
        """Return once this process hears of posts: what is posted from now on reaches its listeners.

        A Redis that is away or hangs is waited for two seconds; when it is back everybody has to come anew.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARS_WITHIN_SECONDS):
                await self._hears_posts.wait()

    def has_changed(self, subjects: Iterable[Subject], *, since: int) -> bool:
        """May one of these subjects have changed since `changes_heard` had that value?"""
        fresh = self.changes_heard - since
        if fresh > len(self._recent_changes):
            return True
        changed = set(islice(reversed(self._recent_changes), fresh))
        return not changed.isdisjoint(digest(subject) for subject in (EVERYTHING, *subjects))

    def reconnect_after_ms(self) -> int:
        """When a listener that lost its connection should be back: together they must not come at once."""
        spread = max(
            SHORTEST_SPREAD_MS,
            1000 * len(self._resting_on.of(digest(EVERYTHING))) / TURNS_PER_SECOND,
        )
        return int(FIRST_RECONNECT_MS + spread * random.random())  # noqa: S311 - not a secret

    def close(self) -> None:
        """End every listener, also those that come later: the process is about to stop."""
        self.is_closed = True
        self._end_everybody()

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
        async with client, client.pubsub() as subscription:
            hears_posts = self._has_listened.is_set()
            await subscription.subscribe(CHANGES_CHANNEL, *[HINTS_CHANNEL] * hears_posts)
            self._recent_changes.clear()
            self.changes_heard += 1
            self._end_everybody()
            joining = asyncio.ensure_future(
                self._hear_posts_later(subscription, hears_posts=hears_posts)
            )
            try:
                while True:
                    # The time limit lets the health check run; it finds a connection that died silently.
                    message = await subscription.get_message(timeout=HEALTH_CHECK_SECONDS)
                    if message is None:
                        continue
                    if message["type"] == "subscribe":
                        if message["channel"] == HINTS_CHANNEL:
                            self._hears_posts.set()
                    elif message["channel"] == CHANGES_CHANNEL:
                        self._ask_anew(message["data"].split(" "))
                    else:
                        self._pass_on(message["data"])
            finally:
                self._hears_posts.clear()
                joining.cancel()

    async def _hear_posts_later(self, subscription: PubSub, *, hears_posts: bool) -> None:
        """Hear of posts from the first listener on: a process that serves no pages has no use for them."""
        await self._has_listened.wait()
        if not hears_posts:
            await subscription.subscribe(HINTS_CHANNEL)

    def _ask_anew(self, changed: Collection[str]) -> None:
        self._recent_changes.extend(changed)
        self.changes_heard += len(changed)
        for one in changed:
            for listener in self._resting_on.of(one):
                listener.end()

    def _pass_on(self, hint: str) -> None:
        channel_id, *words = hint.split(" ")
        listeners = self._listeners.of(channel_id)
        waiting = [listener for listener in listeners if listener.add(words)]
        loop = asyncio.get_running_loop()
        for listener in waiting:
            if len(listeners) <= SMALL_CHANNEL:
                listener.take_turn()
                continue
            turn_at = max(self._next_turn_at, loop.time())
            self._next_turn_at = turn_at + 1 / TURNS_PER_SECOND
            loop.call_at(turn_at, listener.take_turn)

    def _end_everybody(self) -> None:
        for listener in self._resting_on.of(digest(EVERYTHING)):
            listener.end()
