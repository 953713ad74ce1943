"""What people see of a text."""

import pytest

from mattermost_hooks.text import can_be_seen


@pytest.mark.parametrize(
    "text", ["a", " a ", "\u200ba", "👍", "👨\u200d👩", "é", "e\u0301", "\ue000", "ㅤa"]
)
def test_what_is_drawn_can_be_seen(text: str) -> None:
    assert can_be_seen(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "\t\r\n", "\u00a0\u3000", "\u2028"),
        *("\ufeff", "\u200b\u200d", "\u202e", "\u00ad", "\u2060"),
        *("\u3164", "\u115f", "\u2800", "\ufe0f", "\U000e0041", "\u034f"),
    ],
)
def test_blanks_and_characters_of_no_width_are_nothing_to_see(text: str) -> None:
    assert not can_be_seen(text)
