"""The tasks themselves: one call each."""

import pytest

from integrations.outgoing import delivery, tasks


def test_drain_delivers_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    drained: list[str] = []
    monkeypatch.setattr(delivery, "drain", lambda: drained.append("once"))

    tasks.drain(added_by_a_newer_version=True)

    assert drained == ["once"]
