"""Deleting what is old."""

import pytest

from mattermost_hooks import pruning


def test_steps_are_made_until_one_finds_less_than_it_may() -> None:
    left = [pruning.ROWS_IN_A_STEP, pruning.ROWS_IN_A_STEP, 3]
    asked: list[int] = []

    def step(*, most: int) -> int:
        asked.append(most)
        return left.pop(0)

    assert pruning.run(step, of="sessions") == 2 * pruning.ROWS_IN_A_STEP + 3
    assert asked == [pruning.ROWS_IN_A_STEP] * 3


def test_one_run_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "MOST_STEPS", 2)
    assert pruning.run(lambda most: most, of="sessions") == 2 * pruning.ROWS_IN_A_STEP
