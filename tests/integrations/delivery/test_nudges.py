"""Telling the workers makes nobody wait, and a broker that is away harms nobody."""

import logging
import queue
import threading
from collections.abc import Iterator, Sequence

import pytest

from integrations.delivery.nudges import LONGEST_LINE, MOST_AT_ONCE, Messenger

PATIENCE = 10.0


class Broker:
    """What a messenger sends through: takes messages, hangs, or is away."""

    def __init__(self) -> None:
        self.taken: queue.Queue[str] = queue.Queue()
        self.is_away = False
        self.answers = threading.Event()
        self.answers.set()

    def send(self, delivery_ids: Sequence[str]) -> None:
        """One message."""
        assert self.answers.wait(PATIENCE)
        for delivery_id in delivery_ids:
            self.taken.put(delivery_id)
        if self.is_away:
            raise ConnectionError("connection refused")


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker that is let go at the end, however the test left it."""
    made = Broker()
    yield made
    made.answers.set()


def test_deliveries_are_passed_on_in_order(broker: Broker) -> None:
    Messenger(broker.send).tell(["first", "second"])

    assert [broker.taken.get(timeout=PATIENCE) for _ in range(2)] == ["first", "second"]


def test_broker_that_hangs_makes_nobody_wait(broker: Broker) -> None:
    broker.answers.clear()
    messenger = Messenger(broker.send)

    # The broker takes nothing before the end of the test, so whoever waited for it would not get there.
    for _ in range(2 * LONGEST_LINE):
        messenger.tell(["delivery"])

    assert not broker.answers.is_set()


def test_line_is_bounded_and_says_so_once(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    broker.answers.clear()
    messenger = Messenger(broker.send)

    with caplog.at_level(logging.WARNING):
        for _ in range(LONGEST_LINE + MOST_AT_ONCE + 50):
            messenger.tell(["delivery"])

    assert len(caplog.records) == 1


def test_broker_that_was_away_is_asked_again(broker: Broker) -> None:
    broker.is_away = True
    messenger = Messenger(broker.send)
    messenger.tell(["lost"])
    broker.taken.get(timeout=PATIENCE)
    broker.is_away = False

    messenger.tell(["kept"])

    assert broker.taken.get(timeout=PATIENCE) == "kept"


def test_outage_is_logged_once(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    broker.is_away = True
    messenger = Messenger(broker.send)

    with caplog.at_level(logging.WARNING):
        # Who hears of the third failure knows that the first one has been noted.
        for delivery_id in ("one", "two", "three"):
            messenger.tell([delivery_id])
            broker.taken.get(timeout=PATIENCE)

    assert len([record for record in caplog.records if "by themselves" in record.message]) == 1
