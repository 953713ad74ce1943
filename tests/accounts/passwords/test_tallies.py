"""A tally of wrong passwords: what counts, and how long the next try waits."""

from itertools import pairwise

import pytest

from accounts.passwords.tallies import LONGEST_CHECK_MS, LONGEST_PAUSE_MS, Paused, Tally, Undecided

MOST = 3
WINDOW = 24 * 60 * 60 * 1000


def wrong(tally: Tally, now: int) -> Tally:
    begun = tally.at(now, window_ms=WINDOW).begin(now=now, most=MOST)
    return begun.end(now=now, most=MOST, was_wrong=True)


def pause_of(tally: Tally, now: int) -> int:
    try:
        tally.at(now, window_ms=WINDOW).begin(now=now, most=MOST)
    except Paused as pause:
        return pause.wait_ms
    return 0


def test_each_wrong_password_beyond_the_limit_doubles_the_pause_up_to_a_quarter_of_an_hour() -> (
    None
):
    tally, now, pauses = Tally(), 1, []
    for _ in range(12):
        tally = wrong(tally, now)
        pauses.append(pause_of(tally, now))
        now += pauses[-1]
    assert pauses[: MOST - 1] == [0] * (MOST - 1)
    counted = pauses[MOST - 1 :]
    assert counted[0] == 30_000
    assert all(later == min(2 * earlier, LONGEST_PAUSE_MS) for earlier, later in pairwise(counted))
    assert counted[-1] == LONGEST_PAUSE_MS


def test_a_pause_is_not_made_longer_by_trying_during_it() -> None:
    tally = Tally()
    for _ in range(MOST):
        tally = wrong(tally, 1)
    assert [pause_of(tally, now) for now in (1, 10_001, 30_001)] == [30_000, 20_000, 0]


def test_what_lies_before_the_window_is_forgotten() -> None:
    tally = Tally()
    for _ in range(MOST - 1):
        tally = wrong(tally, 1)
    assert tally.at(WINDOW, window_ms=WINDOW).wrong == MOST - 1
    assert tally.at(WINDOW + 1, window_ms=WINDOW).wrong == 0


def test_no_more_passwords_are_compared_at_once_than_may_be_wrong() -> None:
    tally = wrong(Tally(), 1)
    for _ in range(MOST - 1):
        tally = tally.begin(now=1, most=MOST)
    with pytest.raises(Undecided):
        tally.begin(now=1, most=MOST)
    undone = tally.end(now=1, most=MOST, was_wrong=False)
    assert undone.begin(now=1, most=MOST)


def test_the_marks_of_a_process_that_died_fade() -> None:
    tally = Tally().at(1, window_ms=WINDOW)
    for _ in range(MOST):
        tally = tally.begin(now=1, most=MOST)
    later = tally.at(1 + LONGEST_CHECK_MS, window_ms=WINDOW)
    assert later.begin(now=1 + LONGEST_CHECK_MS, most=MOST)


def test_a_tally_is_read_as_it_was_written() -> None:
    tally = wrong(Tally(), 1)
    assert Tally.read(str(tally)) == tally
    assert Tally.read("") == Tally()
