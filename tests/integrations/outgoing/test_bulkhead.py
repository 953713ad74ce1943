"""A few calls at a time for each host; the rest waits in memory."""

import pytest

from integrations.outgoing.bulkhead import MOST_CALLS_PER_HOST, MOST_PARKED_PER_HOST, Bulkhead


@pytest.fixture
def full() -> Bulkhead:
    """All places of `slow` are taken."""
    bulkhead = Bulkhead()
    assert all(bulkhead.enter("slow", f"call{number}") for number in range(MOST_CALLS_PER_HOST))
    return bulkhead


def test_host_gets_eight_calls_at_once(full: Bulkhead) -> None:
    assert not full.enter("slow", "ninth")


def test_slow_host_leaves_room_for_others(full: Bulkhead) -> None:
    assert full.enter("fast", "first")


def test_thread_that_ends_a_call_goes_on_with_what_was_parked_first(full: Bulkhead) -> None:
    full.enter("slow", "ninth")
    full.enter("slow", "tenth")

    assert full.leave("slow", takes_next=True) == "ninth"
    assert full.leave("slow", takes_next=True) == "tenth"


def test_what_is_called_for_twice_is_parked_once(full: Bulkhead) -> None:
    full.enter("slow", "ninth")
    full.enter("slow", "ninth")

    assert full.leave("slow", takes_next=True) == "ninth"
    assert full.leave("slow", takes_next=True) is None


def test_place_is_free_once_nothing_is_parked(full: Bulkhead) -> None:
    assert full.leave("slow", takes_next=True) is None
    assert full.enter("slow", "next")


def test_thread_that_has_run_long_enough_frees_its_place(full: Bulkhead) -> None:
    full.enter("slow", "parked")

    assert full.leave("slow", takes_next=False) is None
    assert full.enter("slow", "next")
    assert full.leave("slow", takes_next=True) == "parked"


def test_what_enters_by_itself_is_no_longer_parked(full: Bulkhead) -> None:
    full.enter("slow", "parked")
    full.leave("slow", takes_next=False)

    assert full.enter("slow", "parked")
    assert full.leave("slow", takes_next=True) is None


def test_no_more_than_a_thousand_are_parked(full: Bulkhead) -> None:
    for number in range(MOST_PARKED_PER_HOST + 5):
        full.enter("slow", f"parked{number}")
    taken = iter(lambda: full.leave("slow", takes_next=True), None)

    assert sum(1 for _ in taken) == MOST_PARKED_PER_HOST
