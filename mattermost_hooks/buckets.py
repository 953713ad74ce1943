"""Buckets of tokens: how often a caller may come, evenly or in a burst (specification §6.7).

A bucket is one number, the time at which it is full again. They lie in a sorted set in Redis, by that time;
without Redis each process keeps its own. A full bucket needs no room, and where there is none left, those
go that lack the least.
"""

import threading
import time
from dataclasses import dataclass
from math import ceil

from . import redis_link

SECOND = 1_000_000  # times are whole microseconds
KEY = "mattermost_hooks:buckets"

# By the clock of Redis, which all processes share. Answers whether a token was there, and in how many
# microseconds the bucket is full again.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local name, interval, span, most = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local full_at = math.max(tonumber(redis.call('ZSCORE', KEYS[1], name) or 0), now)
if full_at + interval - now > span then return {0, full_at - now} end
full_at = full_at + interval
redis.call('ZADD', KEYS[1], full_at, name)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - most)
redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
return {1, full_at - now}
"""

_kept_here: dict[str, int] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Rate:
    """So many tokens a second, and a bucket that holds `burst` more than one."""

    per_second: int
    burst: int

    @property
    def holds(self) -> int:
        """How many tokens are in a full bucket."""
        return self.burst + 1

    @property
    def interval(self) -> int:
        """How long a token takes to come (microseconds)."""
        return SECOND // self.per_second


@dataclass(frozen=True)
class Taken:
    """What came of taking a token: `fills_in` microseconds the bucket is full again."""

    rate: Rate
    was_there: bool
    fills_in: int

    @property
    def remaining(self) -> int:
        """How many more could be taken at this moment."""
        return self.rate.holds - ceil(self.fills_in / self.rate.interval)

    @property
    def full_in_seconds(self) -> int:
        """Until the bucket is full, rounded up."""
        return ceil(self.fills_in / SECOND)

    @property
    def next_in_seconds(self) -> int:
        """Until there is a token again, rounded up; 0 if there is one."""
        lacking = self.fills_in - self.rate.burst * self.rate.interval
        return max(ceil(lacking / SECOND), 0)


def take(name: str, rate: Rate, *, most_kept: int) -> Taken:
    """Take a token out of the bucket of this name; no more than `most_kept` buckets are remembered."""
    span = rate.holds * rate.interval
    arguments = (name, str(rate.interval), str(span), str(most_kept))
    try:
        answer, _ = redis_link.ask_in_line("EVAL", _TAKE, "1", KEY, *arguments)
        return Taken(rate, bool(answer[0]), int(answer[1]))
    except redis_link.Away:
        return _take_here(name, rate, span, most_kept)


def _take_here(name: str, rate: Rate, span: int, most_kept: int) -> Taken:
    """The same as in Redis, by the clock of this process."""
    with _lock:
        now = time.monotonic_ns() // 1000
        full_at = max(_kept_here.get(name, 0), now)
        if full_at + rate.interval - now > span:
            return Taken(rate, was_there=False, fills_in=full_at - now)
        _kept_here[name] = full_at + rate.interval
        if len(_kept_here) > most_kept:
            del _kept_here[min(_kept_here, key=_kept_here.__getitem__)]
        return Taken(rate, was_there=True, fills_in=full_at + rate.interval - now)
