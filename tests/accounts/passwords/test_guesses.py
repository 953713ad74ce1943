"""Wrong passwords are counted exactly, in bounded room, with Redis and without."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from accounts.passwords import guesses
from mattermost_hooks import redis_link
from mattermost_hooks.errors import AppError

pytestmark = pytest.mark.django_db

HERE = "192.0.2.1"


def guess(account: str = "ann", address: str = HERE, browser: str = "") -> str:
    """A wrong password; the id of the refusal if it was not even compared."""
    try:
        with guesses.counted(account=account, address=address, browser=browser) as attempt:
            attempt.right = False
    except AppError as refusal:
        return refusal.id
    return ""


@pytest.fixture(params=["Redis", "no Redis"])
def redis(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the tallies are."""
    if request.param == "no Redis":

        def away(command: Callable[..., object]) -> None:
            raise redis_link.Away

        monkeypatch.setattr(redis_link, "ask", away)
    return str(request.param)


@pytest.mark.servers
def test_a_burst_of_guesses_gets_no_further_than_a_row_of_them(
    redis: str, console: Callable[..., None]
) -> None:
    console(ServiceSettings__MaximumLoginAttempts=5)
    guesses.standing("ann")  # the settings are in memory: the threads below have no database
    guess("warm")
    together, compared = threading.Barrier(32), []

    def burst() -> None:
        together.wait()
        for _ in range(4):
            if not guess():
                compared.append(1)

    with ThreadPoolExecutor(32) as threads:
        for done in [threads.submit(burst) for _ in range(32)]:
            done.result()
    assert len(compared) == 5
    assert guesses.standing("ann").wrong == 5


def test_an_address_that_guesses_at_many_accounts_waits_and_others_do_not(redis: str) -> None:
    for number in range(guesses.MOST_FROM_AN_ADDRESS):
        assert guess(f"account{number}") == ""
    assert guess("one more") == "api.user.login.too_many_from_address.app_error"
    assert guess("one more", address="192.0.2.2") == ""
    assert guess("one more", browser="known") == ""


def test_what_was_not_compared_is_not_counted(redis: str) -> None:
    for _ in range(50):
        with pytest.raises(KeyError), guesses.counted(account="ann", address=HERE):
            raise KeyError
    assert guesses.standing("ann") == guesses.Standing(0, 0)
    assert guess() == ""


def test_unlocking_forgets_the_account_and_the_addresses_that_tried_it(redis: str) -> None:
    for number in range(guesses.MOST_FROM_AN_ADDRESS):
        guess("ann" if number < 3 else f"account{number}")
    assert guesses.standing("ann").wrong == 3
    assert guess("bob")
    guesses.forget("ann")
    assert guesses.standing("ann") == guesses.Standing(0, 0)
    assert guess("bob") == ""


def test_a_pause_leaves_a_line_with_the_place_and_the_account(
    redis: str, console: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    console(ServiceSettings__MaximumLoginAttempts=1)
    guess()
    assert "1 wrong passwords for account ann from 192.0.2.1: its next try waits" in caplog.text
    assert 29_000 < guesses.standing("ann").longest_wait_ms <= 30_000


def test_tallies_take_a_bounded_room(redis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_PLACES_OF_AN_ACCOUNT", "MOST_ADDRESSES", "MOST_KEPT_HERE"):
        monkeypatch.setattr(guesses, name, 8)
    for number in range(40):
        guess(address=f"192.0.2.{number}")
    if redis == "Redis":
        for scope in ("ann", guesses.ADDRESSES):
            assert redis_link.connection.hlen(guesses.PREFIX + scope) == 8
            assert 0 < redis_link.connection.pttl(guesses.PREFIX + scope) <= guesses.DAY_MS
    else:
        assert len(guesses._kept_here) == 8


def test_names_that_nobody_has_share_a_bounded_number_of_tallies() -> None:
    tallies = {guesses.nobody(f"name{number}") for number in range(20_000)}
    assert len(tallies) <= guesses.NOBODIES
    assert guesses.nobody(" Ann ") == guesses.nobody("ann")
