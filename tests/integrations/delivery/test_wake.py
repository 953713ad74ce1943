"""Hints through a real Redis."""

import queue
import threading

import pytest

from integrations.delivery import wake
from mattermost_hooks import redis_link

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _empty() -> None:
    redis_link.connection.delete(wake.HINTS, wake.LISTENING)


@pytest.mark.servers
def test_nobody_listens_until_a_worker_does_and_then_it_hears_everything() -> None:
    assert not wake.tell(["first", "second"])
    heard: queue.Queue[str] = queue.Queue()
    ended = threading.Event()

    def note(ids: object) -> None:
        assert isinstance(ids, list)
        for one in ids:
            heard.put(one)

    listening = threading.Thread(target=wake.listen, args=(note,), kwargs={"until": ended})
    listening.start()
    try:
        assert [heard.get(timeout=PATIENCE) for _ in range(2)] == ["first", "second"]
        assert wake.tell(["third"])
        assert heard.get(timeout=PATIENCE) == "third"
    finally:
        ended.set()
        listening.join(PATIENCE)


@pytest.mark.servers
def test_what_nobody_takes_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake, "MOST_HINTS", 3)
    wake.tell(["one", "two", "three", "four"])
    assert redis_link.connection.lrange(wake.HINTS, 0, -1) == ["two", "three", "four"]
