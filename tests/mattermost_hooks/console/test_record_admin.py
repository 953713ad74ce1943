"""How the System Console shows clocks and secrets."""

import pytest

from mattermost_hooks.console.record_admin import clock, masked
from mattermost_hooks.records import new_id


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, ""),
        (1, "1970-01-01 00:00:00"),
        (1_700_000_000_999, "2023-11-14 22:13:20"),
        (4_102_444_800_000, "2100-01-01 00:00:00"),
    ],
)
def test_a_clock_is_shown_as_date_and_time_in_utc(milliseconds: int, shown: str) -> None:
    assert clock(milliseconds) == shown


def test_a_mask_keeps_four_letters_and_no_hint_of_the_length() -> None:
    secret = new_id()
    assert masked(secret) == f"{secret[:4]}…"
    assert masked(secret * 2) == masked(secret)
