"""Parts of the server say how they are."""

import pytest

from mattermost_hooks.console import status


def test_every_part_that_was_added_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "_parts", {})
    status.add("oven_status", lambda: "HOT")

    assert status.of_parts() == {"oven_status": "HOT"}
