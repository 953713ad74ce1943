"""Callers who connect and say nothing, or only half of it, take nothing from others."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from mattermost_hooks.web_worker import HEADER_SECONDS, raise_file_limit
from tests import running, servers

HALF_A_HEADER = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-"
NO_BODY_YET = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
SILENT_CALLERS = 2600  # of the review; more than both processes can hold
OPEN_FILES = 1024


class Web:
    """A web process with a database of its own that holds nothing."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log
        self._address = urlsplit(url).hostname, urlsplit(url).port

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/api/v4/system/ping", timeout=10).ok
        except requests.RequestException:
            return False

    def connect(self, begin: bytes = b"") -> socket.socket:
        connection = socket.create_connection(self._address, timeout=2 * HEADER_SECONDS)
        connection.sendall(begin)
        return connection


@contextmanager
def web(**environment: str) -> Iterator[Web]:
    with (
        servers.temporary_folder() as folder,
        running.web_process(
            folder, open_files=OPEN_FILES, DATABASE_URL="", REDIS_URL="", **environment
        ) as (url, log),
    ):
        made = Web(url, log)
        running.wait_for(made.answers)
        yield made


def test_thousands_of_silent_callers_shut_nobody_out() -> None:
    raise_file_limit()
    with web() as server, ExitStack() as stack:
        for number in range(SILENT_CALLERS):
            begin = HALF_A_HEADER if number % 2 else b""
            stack.enter_context(server.connect(begin))
        for _ in range(50):
            assert server.answers()
        said = server.log.read_text()
    assert "Closed a silent connection" in said
    assert "Up to 768 connections; 1024 open files" in said


def test_a_header_that_does_not_come_ends_the_connection() -> None:
    with web() as server, server.connect() as silent, server.connect(HALF_A_HEADER) as half:
        assert silent.recv(100) == b""
        assert half.recv(1000).startswith(b"HTTP/1.1 408 ")
        with server.connect(b"GET /api/v4/system/ping HTTP/1.1\r\nHost: x\r\n\r\n") as kept:
            assert kept.recv(10_000).startswith(b"HTTP/1.1 200 ")
            kept.sendall(HALF_A_HEADER)
            assert kept.recv(1000) == b""


def test_when_all_connections_are_at_work_one_more_is_refused_in_words() -> None:
    environment = {"WEB_CONNECTIONS": "5", "WEB_CONCURRENCY": "1"}
    with web(**environment) as server, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(server.connect(NO_BODY_YET))
        with server.connect() as refused:
            answer = refused.recv(1000)
        running.wait_for(lambda: "Refused a connection: all 5" in server.log.read_text())
        stack.close()
        running.wait_for(server.answers)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: " in answer


@pytest.mark.parametrize("pieces", [1, 4])
def test_a_header_in_pieces_is_answered_on_a_connection_that_stays_open(pieces: int) -> None:
    request = b"GET /api/v4/system/ping HTTP/1.1\r\nHost: x\r\n\r\n"
    with web() as server, server.connect() as connection:
        for _ in range(3):
            size = len(request) // pieces + 1
            for start in range(0, len(request), size):
                connection.sendall(request[start : start + size])
            assert json.loads(connection.recv(10_000).partition(b"\r\n\r\n")[2]) == {"status": "OK"}
