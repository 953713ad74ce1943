"""Names are resolved in time, also while a name server hangs."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.outbound import names, outbound
from integrations.outbound.reply import OutboundError

FAR_LATER_SECONDS = 20


@pytest.fixture
def _name_server_hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real, is_over = socket.getaddrinfo, threading.Event()
    others = threading.enumerate()

    def getaddrinfo(host: str, port: int, **more: Any) -> Any:
        if not more["flags"]:
            is_over.wait()
        return real(host, port, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    is_over.set()
    for lookup in set(threading.enumerate()).difference(others):
        lookup.join()


@pytest.mark.usefixtures("_name_server_hangs", "outbound_settings")
def test_a_name_server_that_hangs_does_not_hold_the_call_beyond_its_deadline() -> None:
    started = time.monotonic()
    with pytest.raises(OutboundError) as caught:
        outbound.call("GET", "http://receiver.test/", timeout=0.3)
    assert time.monotonic() - started < FAR_LATER_SECONDS
    assert (caught.value.kind, caught.value.retry) == ("timeout", True)
    assert caught.value.message == "The name server did not answer in time."
    assert caught.value.timings.name is not None
    assert caught.value.timings.name >= 290
    assert caught.value.timings.connect is None


@pytest.mark.usefixtures("_name_server_hangs")
def test_lookups_that_hang_are_limited_and_addresses_need_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_places", threading.BoundedSemaphore(2))
    before = threading.active_count()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            names.resolve("receiver.test", 80, seconds=0.05)
    assert threading.active_count() == before + 2
    assert [found.address[0] for found in names.resolve("127.1", 80, seconds=0.05)] == ["127.0.0.1"]


def test_a_place_is_given_back_whatever_becomes_of_the_lookup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "_places", threading.BoundedSemaphore(1))
    for _ in range(3):
        with pytest.raises(OSError, match=r"."):
            names.resolve("no-such-name.invalid", 80, seconds=10)
        assert names.resolve("localhost", 80, seconds=10)
