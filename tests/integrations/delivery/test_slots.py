"""Who may be called at the same time, by a clock of the test's own."""

import pytest

from integrations.delivery import slots
from integrations.delivery.slots import MOST_OF_A_RECEIVER, MOST_OTHERS, Answer, Call, Slots


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def room(clock: Clock) -> Slots:
    return Slots(quick=16, clock=clock)


def begin_all(room: Slots, endpoint: str) -> list[Call]:
    """As many calls as may begin now."""
    calls = []
    while call := room.begin(endpoint):
        calls.append(call)
    return calls


def known(
    room: Slots, clock: Clock, endpoint: str, *, took: float = 0.0, well: bool = True
) -> None:
    """A receiver whose last call took so long, and ended well or not."""
    call = room.begin(endpoint)
    assert call
    clock.now += took
    room.end(call, Answer(well, took))


def test_a_new_receiver_is_tried_with_few_calls_and_a_quick_one_with_more(
    room: Slots, clock: Clock
) -> None:
    assert len(begin_all(room, "new")) == MOST_OF_A_RECEIVER["new"]
    known(room, clock, "quick")
    assert len(begin_all(room, "quick")) == MOST_OF_A_RECEIVER["quick"]
    known(room, clock, "slow", took=2.0)
    assert len(begin_all(room, "slow")) == MOST_OF_A_RECEIVER["slow"]
    assert room.full() >= {"new", "quick", "slow"}


def test_however_many_receivers_hang_a_quick_one_is_called(room: Slots, clock: Clock) -> None:
    known(room, clock, "quick")
    for number in range(1000):
        begin_all(room, f"hanging{number}")
        clock.now += slots.SLOW_SECONDS / 20

    assert len(begin_all(room, "quick")) == MOST_OF_A_RECEIVER["quick"]


def test_what_breaks_here_says_nothing_of_a_receiver(room: Slots, clock: Clock) -> None:
    known(room, clock, "one")
    for call in begin_all(room, "one"):
        room.end(call, None)

    assert len(begin_all(room, "one")) == MOST_OF_A_RECEIVER["quick"]


def test_quick_receivers_that_begin_to_hang_leave_the_budget_of_the_quick_ones(
    room: Slots, clock: Clock
) -> None:
    for name in ("one", "two", "three"):
        known(room, clock, name)
    assert [len(begin_all(room, name)) for name in ("one", "two", "three")] == [8, 8, 0]

    clock.now += slots.SLOW_SECONDS

    assert len(begin_all(room, "three")) == MOST_OF_A_RECEIVER["quick"]


def test_slow_receivers_leave_room_for_new_ones(room: Slots, clock: Clock) -> None:
    for number in range(100):
        known(room, clock, f"slow{number}", took=2.0)
    begun = [call for number in range(100) for call in begin_all(room, f"slow{number}")]

    assert len(begun) == MOST_OTHERS
    assert begin_all(room, "new")


def test_who_failed_gets_one_call_and_twice_as_many_with_each_that_ends_well(
    room: Slots, clock: Clock
) -> None:
    known(room, clock, "dead", well=False)
    counts = []
    for _ in range(5):
        calls = begin_all(room, "dead")
        counts.append(len(calls))
        for call in calls[1:]:
            room.end(call, None)
        room.end(calls[0], Answer(is_well=True, seconds=0.0))

    assert counts == [1, 2, 4, 8, 8]


def test_what_we_do_after_a_call_makes_no_receiver_slow(room: Slots, clock: Clock) -> None:
    call = room.begin("quick")
    assert call
    clock.now += 10 * slots.SLOW_SECONDS
    room.end(call, Answer(is_well=True, seconds=0.01))

    assert len(begin_all(room, "quick")) == MOST_OF_A_RECEIVER["quick"]
