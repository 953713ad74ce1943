"""Wrong passwords are counted, so that guessing is slow; the owner of an account is never shut out by it.

There is a tally for each account and the place that guesses at it, a known browser or an address, and one
for each address over all accounts. A tally that is full pauses its place: 30 s, then twice as long with
every further wrong password, up to 15 minutes. Other places are not concerned.

The tallies lie in Redis, in hashes of limited size; without Redis each process keeps its own.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import redis
from django.utils.crypto import salted_hmac

from mattermost_hooks import redis_link
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError, Refusal
from mattermost_hooks.records import now_ms

from .tallies import Paused, Tally, Undecided

HOUR_MS = 60 * 60 * 1000
DAY_MS = 24 * HOUR_MS
# Enough for an office behind one address, far too few for a list of passwords.
MOST_FROM_AN_ADDRESS = 100
MOST_PLACES_OF_AN_ACCOUNT = 200
MOST_ADDRESSES = 10_000
MOST_KEPT_HERE = 10_000
# Names that nobody has are counted like others, in so many tallies.
NOBODIES = 1024
ADDRESSES = "addresses"
PREFIX = "mattermost_hooks:guesses:"

address_waits = Refusal(
    "api.user.login.too_many_from_address.app_error",
    "There were too many wrong passwords from your address. Please try again later.",
    status=429,
)
account_waits = Refusal(
    "api.user.check_user_login_attempts.too_many.app_error",
    "Your account is locked because of too many failed password attempts. Please reset your password.",
    status=401,
)
undecided = Refusal(
    "api.user.login.undecided.app_error",
    "Other sign-ins from your address are being checked. Please try again.",
    status=429,
)
REFUSALS = (address_waits, account_waits, undecided)

# Writes a tally if it is still what was read, and makes room for it.
_SWAP = """
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if found ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) return 1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
while redis.call('HLEN', KEYS[1]) > tonumber(ARGV[5]) do
  redis.call('HDEL', KEYS[1], redis.call('HRANDFIELD', KEYS[1]))
end
return 1
"""
_MOST_SWAPS = 200

logger = logging.getLogger(__name__)
_kept_here: dict[tuple[str, str], str] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Limit:
    """So many wrong passwords in a window from `place`, in the tallies of an account or of all addresses."""

    scope: str
    place: str
    most: int
    window_ms: int
    most_places: int


@dataclass
class Attempt:
    """A password being compared; whoever compares it says what came out."""

    right: bool | None = None


@dataclass(frozen=True)
class Standing:
    """How an account stands: wrong passwords that count, and how long some place still waits (ms)."""

    wrong: int
    longest_wait_ms: int


@contextmanager
def counted(*, account: str, address: str, browser: str = "") -> Iterator[Attempt]:
    """Count the password that is compared inside; the right one starts the account's count here anew.

    `browser` is the name of one that the account knows: it is counted instead of its address. Raises the
    401 of a locked account for a place that is paused, 429 for an address that is, or while so many
    passwords are being compared that their outcome must be awaited.
    """
    begun: list[Limit] = []
    attempt = Attempt()
    try:
        for limit in _limits(account, address, browser):
            _begin(limit)
            begun.append(limit)
        yield attempt
    finally:
        for limit in begun:
            _end(limit, right=attempt.right)


def nobody(login_id: str) -> str:
    """The account under which tries for a name that nobody has are counted."""
    digest = salted_hmac(
        "accounts.passwords.guesses", login_id.strip().lower(), algorithm="sha256"
    ).digest()
    return f"nobody{int.from_bytes(digest[:4], 'big') % NOBODIES}"


def forget(account: str) -> None:
    """Unlock an account: what was wrong is forgotten, also of the addresses it came from."""
    places = _places_of(account)
    with _lock:
        for place in places:
            _kept_here.pop((account, place), None)
            _kept_here.pop((ADDRESSES, place), None)

    def drop(connection: redis.Redis) -> None:
        connection.delete(PREFIX + account)
        if places:
            connection.hdel(PREFIX + ADDRESSES, *places)

    try:
        redis_link.ask(drop)
    except redis_link.Away:
        logger.warning("Without Redis an account is unlocked in this process only")


def standing(account: str) -> Standing:
    """How this account stands, over all places that tried."""
    now = now_ms()
    tallies = [Tally.read(text).at(now, window_ms=DAY_MS) for text in _places_of(account).values()]
    waits = [tally.paused_until - now for tally in tallies]
    return Standing(sum(tally.wrong for tally in tallies), max([0, *waits]))


def _limits(account: str, address: str, browser: str) -> list[Limit]:
    most = get_config().ServiceSettings.MaximumLoginAttempts
    place = f"browser {browser}" if browser else address
    of_account = Limit(account, place, most, DAY_MS, MOST_PLACES_OF_AN_ACCOUNT)
    if browser:
        return [of_account]
    return [of_account, Limit(ADDRESSES, address, MOST_FROM_AN_ADDRESS, HOUR_MS, MOST_ADDRESSES)]


def _begin(limit: Limit) -> None:
    try:
        _change(limit, lambda tally, now: tally.begin(now=now, most=limit.most))
    except Paused as pause:
        raise _paused(limit, -(-pause.wait_ms // 1000)) from None
    except Undecided:
        raise undecided(retry_after_seconds=1) from None


def _end(limit: Limit, *, right: bool | None) -> None:
    if right and limit.scope != ADDRESSES:
        _change(limit, lambda tally, now: None)
        return
    after = _change(limit, partial(_ended, most=limit.most, was_wrong=right is False))
    if right is False and after is not None and after.wrong >= limit.most:
        logger.warning(
            "%d wrong passwords for %s from %s: its next try waits %d s",
            after.wrong,
            "several accounts" if limit.scope == ADDRESSES else f"account {limit.scope}",
            limit.place,
            (after.paused_until - now_ms()) // 1000,
        )


def _ended(tally: Tally, now: int, *, most: int, was_wrong: bool) -> Tally:
    return tally.end(now=now, most=most, was_wrong=was_wrong)


def _change(limit: Limit, change: Callable[[Tally, int], Tally | None]) -> Tally | None:
    """Replace a tally by what `change` makes of it; two processes never undo each other's change."""
    for _ in range(_MOST_SWAPS):
        before, now = _read(limit), now_ms()
        after = change(Tally.read(before).at(now, window_ms=limit.window_ms), now)
        if _swap(limit, before, str(after) if after else ""):
            return after
    raise undecided(retry_after_seconds=1)


def _read(limit: Limit) -> str:
    try:
        found = redis_link.ask(lambda redis: redis.hget(PREFIX + limit.scope, limit.place))
    except redis_link.Away:
        return _kept_here.get((limit.scope, limit.place), "")
    return cast("str | None", found) or ""


def _swap(limit: Limit, before: str, after: str) -> bool:
    arguments = (limit.place, before, after, limit.window_ms, limit.most_places)
    try:
        key = PREFIX + limit.scope
        return bool(redis_link.ask(lambda redis: redis.eval(_SWAP, 1, key, *map(str, arguments))))
    except redis_link.Away:
        return _swap_here((limit.scope, limit.place), before, after)


def _swap_here(key: tuple[str, str], before: str, after: str) -> bool:
    with _lock:
        if _kept_here.get(key, "") != before:
            return False
        _kept_here.pop(key, None)
        if after:
            _kept_here[key] = after
        while len(_kept_here) > MOST_KEPT_HERE:
            del _kept_here[next(iter(_kept_here))]
        return True


def _places_of(account: str) -> dict[str, str]:
    try:
        found = redis_link.ask(lambda redis: redis.hgetall(PREFIX + account))
    except redis_link.Away:
        with _lock:
            return {place: text for (one, place), text in _kept_here.items() if one == account}
    return cast("dict[str, str]", found)


def _paused(limit: Limit, seconds: int) -> AppError:
    if limit.scope == ADDRESSES:
        return address_waits(
            detail=f"Try again in {seconds} seconds.",
            words=f"There were too many wrong passwords from your address. Try again in {seconds} seconds.",
            retry_after_seconds=seconds,
        )
    return account_waits(
        detail=f"Try again from here in {seconds} seconds, from elsewhere, or have it unlocked.",
        words=f"There were too many wrong passwords for this account. Try again from here in {seconds} "
        "seconds, from elsewhere, or have an administrator unlock it.",
        retry_after_seconds=seconds,
    )
