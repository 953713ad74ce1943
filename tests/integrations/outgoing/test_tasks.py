"""The tasks themselves: one call each, ids only."""

import pytest

from integrations.outgoing import delivery, tasks


def test_deliver_tries_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(delivery, "attempt", lambda *, delivery_id: tried.append(delivery_id))

    tasks.deliver(delivery_id="one", added_by_a_newer_version=True)

    assert tried == ["one"]


def test_sweep_calls_for_everything_that_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(delivery, "due", lambda: ["one", "two"])
    monkeypatch.setattr(tasks.deliver, "delay", lambda *, delivery_id: called.append(delivery_id))

    tasks.sweep()

    assert called == ["one", "two"]
