"""Hook calls and everything else are answered by different processes, over whichever connection they come."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mattermost_hooks.web_worker import PAGE_NICENESS
from tests import running, servers

HOOK_CALL = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
PAGE = b"GET /team/channels/town-square HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 3_000_000
OURS = os.nice(0)
THEIRS = OURS + PAGE_NICENESS


class Web:
    """A web server of so many processes whose application says who answered."""

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)

    def connect(self) -> socket.socket:
        return socket.create_connection(self._address, timeout=running.ANSWER_SECONDS)

    def ask(self, request: bytes) -> dict[str, Any]:
        with self.connect() as connection:
            connection.sendall(request)
            return answer(connection)

    def is_up(self) -> bool:
        try:
            return bool(self.ask(PAGE))
        except OSError:
            return False


def answer(connection: socket.socket) -> dict[str, Any]:
    """The next answer on the connection."""
    read = b""
    while b"}" not in read:
        piece = connection.recv(1)
        if not piece:
            raise ConnectionError("closed without an answer")
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    said: dict[str, Any] = json.loads(body)
    return said


@contextmanager
def web(processes: int) -> Iterator[Web]:
    port = servers.free_port()
    command = (
        "gunicorn tests.mattermost_hooks.whoami:application -k mattermost_hooks.web_worker.WebWorker "
        f"-w {processes} -b 127.0.0.1:{port} --no-control-socket --log-level error"
    )
    process = subprocess.Popen([sys.executable, "-m", *command.split()], cwd=servers.ROOT)
    made = Web(port)
    try:
        running.wait_for(made.is_up)
        yield made
    finally:
        process.terminate()
        process.wait(running.STOPS_WITHIN_SECONDS)


@pytest.fixture(scope="module")
def four() -> Iterator[Web]:
    with web(4) as server:
        yield server


def test_pages_never_run_where_hook_calls_do(four: Web) -> None:
    for_hooks = [four.ask(HOOK_CALL) for _ in range(12)]
    for_pages = [four.ask(PAGE) for _ in range(12)]
    assert {one["niceness"] for one in for_hooks} == {OURS}
    assert {one["niceness"] for one in for_pages} == {THEIRS}
    assert not {one["process"] for one in for_hooks} & {one["process"] for one in for_pages}


def test_a_connection_that_is_kept_changes_processes_as_often_as_needed(four: Web) -> None:
    with four.connect() as connection:
        niceness = []
        for request in (PAGE, HOOK_CALL, HOOK_CALL, PAGE, PAGE, HOOK_CALL) * 20:
            connection.sendall(request)
            niceness.append(answer(connection)["niceness"])
    assert niceness == [THEIRS, OURS, OURS, THEIRS, THEIRS, OURS] * 20


def test_a_request_that_comes_byte_by_byte_arrives_whole(four: Web) -> None:
    with four.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in (PAGE, HOOK_CALL):
            for byte in request:
                connection.sendall(bytes([byte]))
            assert answer(connection)["path"] == request.split()[1].decode()


@pytest.mark.parametrize("path", [b"/hooks/x", b"/api/v4/files"])
def test_a_large_body_goes_along(four: Web, path: bytes) -> None:
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path, LARGE)
    for _ in range(5):
        assert four.ask(head + b"x" * LARGE)["body"] == LARGE


def test_requests_sent_without_waiting_are_answered_in_their_order(four: Web) -> None:
    with four.connect() as connection:
        for _ in range(3):
            connection.sendall(HOOK_CALL + PAGE + HOOK_CALL + PAGE)
            paths = [answer(connection)["path"] for _ in range(4)]
            assert paths == ["/hooks/x", "/team/channels/town-square"] * 2


def test_a_process_that_dies_is_replaced_by_one_of_its_kind() -> None:
    with web(2) as server:
        hook, page = server.ask(HOOK_CALL), server.ask(PAGE)
        os.kill(page["process"], signal.SIGKILL)
        again = server.ask(PAGE)
        assert again["process"] not in (hook["process"], page["process"])
        assert server.ask(HOOK_CALL)["process"] == hook["process"]
        os.kill(hook["process"], signal.SIGKILL)
        running.wait_for(server.is_up)
        assert server.ask(HOOK_CALL)["niceness"] == OURS
        assert server.ask(PAGE)["process"] == again["process"]


def test_a_single_process_answers_everything() -> None:
    with web(1) as server:
        assert server.ask(HOOK_CALL)["process"] == server.ask(PAGE)["process"]
