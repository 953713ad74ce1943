"""What a process remembers, and when it forgets."""

import pytest
import redis
from django.db import transaction

from mattermost_hooks import process_cache, redis_link


def test_a_value_is_loaded_once() -> None:
    loads: list[int] = []
    for _ in range(3):
        process_cache.remember(("answer",), lambda: loads.append(1))
    assert len(loads) == 1


def test_a_loader_that_fails_leaves_nothing_behind() -> None:
    def fail() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        process_cache.remember(("answer",), fail)
    assert process_cache.remember(("answer",), lambda: "found") == "found"


def test_another_process_makes_this_one_forget_at_its_next_request() -> None:
    process_cache.remember(("answer",), lambda: "old")
    redis_link.connection.set(process_cache.GENERATION_KEY, "as another process does")
    assert process_cache.remember(("answer",), lambda: "new") == "old"
    process_cache.refresh()
    assert process_cache.remember(("answer",), lambda: "new") == "new"


@pytest.mark.django_db(transaction=True)
def test_a_change_is_announced_after_its_commit_and_not_before() -> None:
    process_cache.remember(("answer",), lambda: "old")
    with transaction.atomic():
        process_cache.forget_everywhere()
        assert process_cache.remember(("answer",), lambda: "new") == "old"
    assert process_cache.remember(("answer",), lambda: "new") == "new"


def test_without_redis_nothing_is_remembered_between_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process_cache.remember(("answer",), lambda: "old")
    monkeypatch.setattr(redis_link, "connection", redis.Redis(unix_socket_path="/nowhere"))
    for _ in range(2):
        process_cache.refresh()
        assert process_cache.remember(("answer",), lambda: "new") == "new"


def test_a_change_without_redis_is_seen_here_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    process_cache.remember(("answer",), lambda: "old")
    monkeypatch.setattr(redis_link, "connection", redis.Redis(unix_socket_path="/nowhere"))
    process_cache.forget_now()
    assert process_cache.remember(("answer",), lambda: "new") == "new"
    assert "other processes keep old values" in caplog.text
