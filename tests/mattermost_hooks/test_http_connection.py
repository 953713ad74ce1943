"""Callers with manners of their own: who has said all, who keeps us waiting, who brings too much header."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mattermost_hooks.http_connection import MOST_HEADER_BYTES
from tests import running, servers

PING = b"GET /api/v4/system/ping HTTP/1.1\r\nHost: x\r\n%b\r\n"
STALLED = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
FIELD = 64 * 1024
BODY_SECONDS = 5  # in these tests: for how long a body may stand still


class Web:
    """A web process with a database of its own that holds nothing."""

    def __init__(self, url: str, log: Path) -> None:
        self.log = log
        self._address = urlsplit(url).hostname, urlsplit(url).port

    def connect(self, said: bytes = b"") -> socket.socket:
        connection = socket.create_connection(self._address, timeout=running.ANSWER_SECONDS)
        connection.sendall(said)
        return connection

    def ask(self, said: bytes, *, half_close: bool = False) -> bytes:
        """All that is answered until the server closes the connection."""
        with self.connect(said) as connection:
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return read_all(connection)

    def answers(self) -> bool:
        try:
            return bool(self.ask(PING % b"Connection: close\r\n"))
        except OSError:
            return False


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def statuses(answers: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


@contextmanager
def web() -> Iterator[Web]:
    with (
        servers.temporary_folder() as folder,
        running.web_process(
            folder,
            DATABASE_URL="",
            REDIS_URL="",
            GUNICORN_CMD_ARGS=f"--timeout {BODY_SECONDS}",
        ) as (url, log),
    ):
        made = Web(url, log)
        running.wait_for(made.answers)
        yield made


@pytest.fixture(scope="module")
def server() -> Iterator[Web]:
    with web() as made:
        yield made


@pytest.mark.parametrize("requests", [1, 3])
def test_who_closes_the_sending_half_gets_every_answer(server: Web, requests: int) -> None:
    assert statuses(server.ask(PING % b"" * requests, half_close=True)) == [200] * requests


def test_a_kept_connection_ends_when_its_caller_has_said_all(server: Web) -> None:
    with server.connect(PING % b"") as connection:
        assert statuses(connection.recv(65_536)) == [200]
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""


def test_a_body_that_can_no_longer_come_is_refused_at_once(server: Web) -> None:
    assert statuses(server.ask(STALLED, half_close=True)) == [408]
    assert statuses(server.ask(PING % b"" + STALLED, half_close=True)) == [200, 408]


def test_half_a_header_from_who_has_said_all_ends_the_connection(server: Web) -> None:
    assert server.ask(b"POST /hooks/x HTTP/1.1\r\nHost", half_close=True) == b""


@pytest.mark.parametrize("begin", [STALLED, b""], ids=["with a piece", "without any"])
def test_a_body_that_stands_still_is_a_408_and_no_error(server: Web, begin: bytes) -> None:
    answer = server.ask(begin or STALLED.removesuffix(b"{"))
    assert statuses(answer) == [408]
    assert b'"id": "api.context.request_body_missing.app_error"' in answer
    assert b"\r\nConnection: close\r\n".lower() in answer.lower()
    assert not re.search(r"ERROR|Traceback", server.log.read_text())


def test_a_header_field_may_have_64_kib(server: Web) -> None:
    ticket = b"Authorization: Negotiate " + b"x" * (FIELD - len("Negotiate ")) + b"\r\n"
    close = b"Connection: close\r\n"
    assert statuses(server.ask(PING % (ticket + close))) == [200]
    cookie = b"Cookie: a=" + b"x" * (FIELD - 2) + b"\r\n"
    assert statuses(server.ask(PING % (cookie + close))) == [200]


@pytest.mark.parametrize(
    "header",
    [
        b"Cookie: a=" + b"x" * (FIELD + 1000) + b"\r\n",
        b"".join(b"X-%d: %b\r\n" % (one, b"x" * (MOST_HEADER_BYTES // 4)) for one in range(4)),
        b"X: y\r\n" * 101,
        b"Cookie: a=" + b"x" * 3_000_000 + b"\r\n",
    ],
    ids=["one field", "all together", "too many", "far too much"],
)
def test_too_much_header_is_a_431_that_reaches_the_caller(server: Web, header: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(PING % header)
        assert statuses(read_all(connection)) == [431]


def test_each_request_of_a_connection_may_bring_much_header(server: Web) -> None:
    request = PING % (b"Cookie: a=" + b"x" * (FIELD - 2) + b"\r\n")
    assert statuses(server.ask(request * 4, half_close=True)) == [200] * 4


def test_who_talks_on_after_a_refusal_is_not_listened_to_for_long(server: Web) -> None:
    head = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n"
    with server.connect(head) as connection:
        assert statuses(read_all(connection)) == [413]
        connection.sendall(b"x" * 100_000)
        running.wait_for(lambda: _is_reset(connection))


def _is_reset(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"x")
    except ConnectionError:
        return True
    return False
