"""Hashing has a thread and a line of its own."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import hashers

from accounts.passwords import passwords
from mattermost_hooks.errors import AppError


def test_a_password_is_told_from_others_by_what_is_kept_of_it() -> None:
    kept = passwords.hashed("Correct-horse.9")
    assert "Correct" not in kept
    assert passwords.verify("Correct-horse.9", kept).right
    assert not passwords.verify("correct-horse.9", kept).right


@pytest.mark.parametrize("kept", ["", "!unusable", "nonsense"])
def test_where_nothing_is_kept_a_hash_is_made_all_the_same(
    kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(hashers, "make_password", lambda *_: made.append(1))
    assert not passwords.verify("anything", kept).right
    assert made == [1]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While this is not set, the thread that hashes is held up."""
    event = threading.Event()
    slow = hashers.make_password

    def wait(password: str) -> str:
        event.wait(20)
        return slow(password)

    monkeypatch.setattr(hashers, "make_password", wait)
    return event


def test_who_finds_the_line_full_is_told_at_once_to_come_again(held: threading.Event) -> None:
    with ThreadPoolExecutor(passwords.PLACES) as web_threads:
        waiting = [web_threads.submit(passwords.hashed, "x") for _ in range(passwords.PLACES)]
        refused = None
        while refused is None and not all(one.done() for one in waiting):
            refused = _refusal()
        held.set()
        assert refused is not None
        assert (refused.status, refused.headers) == (429, {"Retry-After": "1"})
        assert all(one.result() for one in waiting)
    assert passwords.hashed("x")


def _refusal() -> AppError | None:
    if passwords._places._value:  # not yet full
        return None
    with pytest.raises(AppError) as caught:
        passwords.hashed("x")
    return caught.value


def test_a_hash_that_takes_too_long_gives_its_web_thread_back(
    held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "LONGEST_WAIT_SECONDS", 0.05)
    with pytest.raises(AppError) as caught:
        passwords.hashed("x")
    held.set()
    assert caught.value.status == 429


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="threads are nice on Linux only")
def test_hashing_yields_to_everything_else() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert passwords._in_turn(niceness) >= passwords.NICENESS
    assert niceness() < passwords.NICENESS
