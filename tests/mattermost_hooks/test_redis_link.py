"""The connection to Redis: nobody waits for one that is away."""

import pytest
import redis

from mattermost_hooks import redis_link


def test_an_answer_is_handed_over() -> None:
    assert redis_link.ask(lambda redis: redis.ping())


def test_after_a_failure_redis_is_left_alone_for_a_moment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    def fail(_: redis.Redis) -> None:
        tries.append(1)
        raise redis.ConnectionError

    for _ in range(3):
        with pytest.raises(redis_link.Away):
            redis_link.ask(fail)
    assert len(tries) == 1
    assert caplog.text.count("Redis does not answer") == 1


def test_when_it_is_back_that_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: redis.Redis) -> None:
        raise redis.ConnectionError

    with pytest.raises(redis_link.Away):
        redis_link.ask(fail)
    redis_link._ask_again_at = 0.0
    for _ in range(2):
        assert redis_link.ask(lambda redis: redis.ping())
    assert caplog.text.count("Redis answers again") == 1
