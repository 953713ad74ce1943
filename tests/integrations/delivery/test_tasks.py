"""The tasks themselves: one call each."""

import pytest

from integrations.delivery import tasks, worker


def test_drain_delivers_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    drained: list[str] = []
    monkeypatch.setattr(worker, "drain", lambda: drained.append("once"))

    tasks.drain(added_by_a_newer_version=True)

    assert drained == ["once"]
