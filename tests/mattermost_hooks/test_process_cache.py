"""What a process remembers, and when it forgets."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.db import transaction

from mattermost_hooks import process_cache, redis_link
from tests import make

ANSWER, OTHER = ("answer", "1"), ("answer", "2")


def remembered(key: process_cache.Key = ANSWER, *, new: str = "new") -> str:
    return process_cache.remember(key, lambda: new)


def changed_elsewhere(*subjects: process_cache.Subject) -> None:
    """As another process tells of it: this one does not know yet."""
    digests = " ".join(map(process_cache.digest, subjects))
    redis_link.connection.xadd(process_cache.STREAM, {"subjects": digests})


def test_a_value_is_loaded_once() -> None:
    loads: list[int] = []
    for _ in range(3):
        process_cache.remember(ANSWER, lambda: loads.append(1))
    assert len(loads) == 1


def test_a_loader_that_fails_leaves_nothing_behind() -> None:
    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        process_cache.remember(ANSWER, fail)
    assert remembered(new="found") == "found"


def test_another_process_makes_this_one_forget_just_what_it_changed() -> None:
    process_cache.refresh()
    remembered(new="old")
    remembered(OTHER, new="old")
    changed_elsewhere(ANSWER)
    assert remembered() == "old"
    process_cache.refresh()
    assert remembered() == "new"
    assert remembered(OTHER) == "old"


def test_values_of_one_subject_are_forgotten_together() -> None:
    process_cache.refresh()
    for name in ("a", "b"):
        process_cache.remember(("handle", name), lambda: "old", subject=("handles",))
    changed_elsewhere(("handles",))
    process_cache.refresh()
    assert [remembered(("handle", name)) for name in ("a", "b")] == ["new", "new"]


def test_who_has_too_much_to_catch_up_on_forgets_everything() -> None:
    process_cache.refresh()
    remembered(new="old")
    for _ in range(process_cache.MOST_CHANGES_READ):
        changed_elsewhere(OTHER)
    process_cache.refresh()
    assert remembered() == "new"
    process_cache.refresh()
    assert remembered(new="newer") == "new"


def test_a_redis_that_began_anew_makes_everybody_forget() -> None:
    process_cache.refresh()
    remembered(new="old")
    redis_link.connection.client_kill_filter(_type="normal", skipme=True)
    process_cache.refresh()
    assert remembered() == "new"


def test_what_was_loaded_before_a_change_is_not_remembered_after_it() -> None:
    process_cache.refresh()

    def load_slowly() -> str:
        changed_elsewhere(ANSWER)
        process_cache.refresh()
        return "old"

    assert process_cache.remember(ANSWER, load_slowly) == "old"
    assert remembered() == "new"


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_after_its_commit_and_not_before() -> None:
    with transaction.atomic():
        process_cache.forget_everywhere(ANSWER)
        before = redis_link.connection.xlen(process_cache.STREAM)
        remembered(new="read before the commit")
    assert redis_link.connection.xlen(process_cache.STREAM) == before + 1
    assert remembered() == "new"


def test_a_change_is_told_to_those_who_wait_for_it() -> None:
    pubsub: Callable[..., Any] = redis_link.connection.pubsub
    with pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe(process_cache.CHANGES_CHANNEL)
        subscription.get_message(timeout=5)
        process_cache.forget_now(ANSWER, OTHER)
        message = subscription.get_message(timeout=5)
    assert message is not None
    assert message["data"].split() == [process_cache.digest(ANSWER), process_cache.digest(OTHER)]


def test_secrets_in_a_subject_stay_in_the_process() -> None:
    process_cache.forget_now(("session", "a-secret-token"))
    assert "a-secret-token" not in str(redis_link.connection.xrevrange(process_cache.STREAM))


def test_a_full_memory_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_cache, "MOST_VALUES", 2)
    for number in range(5):
        remembered(("answer", str(number)), new="old")
    assert remembered(("answer", "4")) == "old"
    assert remembered(("answer", "0")) == "new"


@pytest.mark.django_db
def test_rows_are_shared_and_cannot_be_changed() -> None:
    user = process_cache.remember(("user", "x"), make.user)
    with pytest.raises(TypeError):
        user.nickname = "Ann"


def test_threads_that_refresh_at_once_all_forget() -> None:
    process_cache.refresh()
    found: list[str] = []
    remembered(new="old")
    changed_elsewhere(ANSWER)

    def ask() -> None:
        process_cache.refresh()
        found.append(remembered())

    _at_once(ask, threads=8)
    assert set(found) == {"new"}


def test_without_redis_nothing_is_remembered_between_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remembered(new="old")
    monkeypatch.setattr(redis_link, "connection", redis.Redis(unix_socket_path="/nowhere"))
    for _ in range(2):
        process_cache.refresh()
        assert remembered() == "new"


def test_a_change_without_redis_is_seen_here_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    remembered(new="old")
    monkeypatch.setattr(redis_link, "connection", redis.Redis(unix_socket_path="/nowhere"))
    process_cache.forget_now(ANSWER)
    assert remembered() == "new"
    assert "other processes keep old values" in caplog.text


def _at_once(work: Callable[[], None], *, threads: int) -> None:
    started = threading.Barrier(threads)

    def run() -> None:
        started.wait()
        work()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
