"""The pump with an outbox of the test's own: what is due is called for, and nothing is held up."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import pytest

from integrations.delivery import pump as pump_module
from integrations.delivery.pump import Outbox, Pump
from integrations.delivery.slots import Answer, Slots

PATIENCE = 20.0


@dataclass(frozen=True)
class Parcel:
    """A delivery."""

    id: str
    endpoint: str


class Store:
    """Where parcels lie until they are claimed; calls to `hanging` end when they may."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.due: dict[str, Parcel] = {}
        self.called: list[str] = []
        self.asked: list[str] = []
        self.renewed: set[str] = set()
        self.fails_to_claim = 0
        self.may_end = threading.Event()

    def add(self, *parcels: Parcel) -> list[str]:
        """More parcels that are due; their ids."""
        with self.lock:
            self.due |= {one.id: one for one in parcels}
        return [one.id for one in parcels]

    def claim(self, ids: Sequence[str], without: Collection[str]) -> list[Parcel]:
        """Those of these ids."""
        with self.lock:
            chosen = [self.due[one] for one in dict.fromkeys(ids) if one in self.due]
            return [self.due.pop(one.id) for one in chosen if one.endpoint not in without]

    def claim_due(self, room: Callable[[str], int], most: int) -> list[Parcel]:
        """Any of them."""
        with self.lock:
            self.asked.append("claim")
            if self.fails_to_claim:
                self.fails_to_claim -= 1
                self.asked[-1] = "failed"
                raise ConnectionError("the database is away")
            by_endpoint = defaultdict(list)
            for one in self.due.values():
                by_endpoint[one.endpoint].append(one.id)
            ids = [one for to, some in by_endpoint.items() for one in some[: room(to)]][:most]
        return self.claim(ids, ())

    def renew(self, parcels: Sequence[Parcel]) -> None:
        """Note whose claims are renewed, and in which order that and claims are asked for."""
        with self.lock:
            self.asked.append("renew")
            self.renewed |= {one.id for one in parcels}
            self.lock.notify_all()

    def release(self, parcels: Sequence[Parcel]) -> None:
        """Take them back."""
        with self.lock:
            self.add(*parcels)
            self.lock.notify_all()

    def attempt(self, parcel: Parcel) -> Answer:
        """A call."""
        with self.lock:
            self.called.append(parcel.id)
            self.lock.notify_all()
        if parcel.endpoint.startswith("hanging"):
            self.may_end.wait(PATIENCE)
        if parcel.endpoint == "raising":
            raise RuntimeError("poison")
        return Answer(is_well=True, seconds=0.0)

    def wait_until_called(self, ids: Collection[str]) -> bool:
        """Until there were calls for all of these."""
        with self.lock:
            return self.lock.wait_for(lambda: set(ids) <= set(self.called), PATIENCE)


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.may_end.set()


@pytest.fixture
def pump(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pump[Parcel]]:
    monkeypatch.setattr(pump_module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(pump_module, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(pump_module, "PAUSE_AFTER_FAILURE_SECONDS", 0.01)
    outbox = Outbox(store.claim, store.claim_due, store.renew, store.release, store.attempt)
    made = Pump(outbox, Slots(quick=8))
    running = threading.Thread(target=made.run)
    running.start()
    yield made
    store.may_end.set()
    made.stop()
    running.join(PATIENCE)
    assert not running.is_alive()


def test_what_is_told_and_what_is_found_is_delivered_once(pump: Pump[Parcel], store: Store) -> None:
    told = store.add(*(Parcel(f"told{number}", f"to{number % 3}") for number in range(50)))
    pump.hint([*told, *told, "unknown"])
    found = store.add(*(Parcel(f"found{number}", "to0") for number in range(200)))

    assert store.wait_until_called({*told, *found})
    assert len(store.called) == 250


def test_receivers_that_hang_hold_up_nobody(pump: Pump[Parcel], store: Store) -> None:
    store.add(*(Parcel(f"{to}-{n}", f"hanging{to}") for to in range(100) for n in range(20)))
    assert store.wait_until_called({"0-0"})

    healthy = store.add(*(Parcel(f"healthy{number}", "healthy") for number in range(20)))

    assert store.wait_until_called(healthy)
    assert not store.may_end.is_set()


def test_a_broken_delivery_takes_no_other_along_nor_is_its_receiver_blamed(
    pump: Pump[Parcel], store: Store
) -> None:
    poison = store.add(*(Parcel(f"poison{number}", "raising") for number in range(20)))
    others = store.add(*(Parcel(f"other{number}", "fine") for number in range(20)))

    # A receiver that had failed so often would rest for longer than anybody waits here.
    assert store.wait_until_called({*poison, *others})


def test_claims_are_renewed_while_a_call_is_under_way(pump: Pump[Parcel], store: Store) -> None:
    store.add(Parcel("long", "hanging"))

    with store.lock:
        assert store.lock.wait_for(lambda: "long" in store.renewed, PATIENCE)


def test_a_database_that_was_away_is_asked_again(pump: Pump[Parcel], store: Store) -> None:
    store.fails_to_claim = 3
    late = store.add(Parcel("late", "fine"))

    assert store.wait_until_called(late)
    # What is in hand is prolonged before anything is claimed: meanwhile it may have fallen due.
    assert "failed claim" not in " ".join(store.asked)
    assert store.asked.count("failed") == 3


def test_a_second_run_returns_at_once_and_stop_lets_calls_end(
    pump: Pump[Parcel], store: Store
) -> None:
    store.add(Parcel("under way", "hanging"))
    assert store.wait_until_called({"under way"})
    pump.run()
    pump.stop()
    with store.lock:
        for _ in range(2):  # the first may have begun before the end was asked for
            store.renewed.clear()
            assert store.lock.wait_for(lambda: "under way" in store.renewed, PATIENCE)
    store.may_end.set()


def test_what_is_claimed_and_not_begun_is_given_back_in_the_end(store: Store) -> None:
    outbox = Outbox(store.claim, store.claim_due, store.renew, store.release, store.attempt)
    pump = Pump(outbox, Slots(quick=8))
    told = store.add(*(Parcel(f"one{number}", "hanging") for number in range(10)))
    pump.hint(told)
    running = threading.Thread(target=pump.run)
    running.start()
    with store.lock:
        assert store.lock.wait_for(lambda: store.called, PATIENCE)

    pump.stop()
    with store.lock:
        assert store.lock.wait_for(lambda: store.due, PATIENCE)
    store.may_end.set()
    running.join(PATIENCE)

    assert not running.is_alive()
    assert set(store.called) | set(store.due) == set(told)
    assert set(store.called).isdisjoint(store.due)
