"""A connection goes to another process with what it has said, or stays whole where it is."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from mattermost_hooks.handover import MOST_SAID_BYTES, Handover


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A caller's end and the server's end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        caller = socket.create_connection(server.getsockname())
        accepted, _ = server.accept()
    with caller, accepted:
        yield caller, accepted


def test_what_was_given_is_taken_with_what_was_said(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    caller, accepted = connection
    way = Handover()
    assert way.give(accepted.fileno(), b"GET /")
    accepted.close()
    taken = way.take()
    assert taken is not None
    with closing(taken[0]) as theirs:
        assert taken[1] == b"GET /"
        theirs.sendall(b"hello")
        assert caller.recv(10) == b"hello"


def test_nothing_to_take_is_no_error() -> None:
    assert Handover().take() is None


@pytest.mark.parametrize("size", [256 * 1024, MOST_SAID_BYTES - 100])
def test_as_much_as_is_read_at_once_fits(
    connection: tuple[socket.socket, socket.socket], size: int
) -> None:
    way = Handover()
    assert way.give(connection[1].fileno(), b"x" * size)
    taken = way.take()
    assert taken is not None
    taken[0].close()
    assert len(taken[1]) == size


def test_when_nobody_takes_the_giver_is_told(
    connection: tuple[socket.socket, socket.socket],
) -> None:
    caller, accepted = connection
    way = Handover()
    given = 0
    while way.give(accepted.fileno(), b"x" * 100_000):
        given += 1
    assert given >= 1
    accepted.sendall(b"still mine")
    assert caller.recv(20) == b"still mine"
