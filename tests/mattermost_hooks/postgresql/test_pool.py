"""Connections to PostgreSQL are kept, limited and never handed out dead."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import psycopg
import pytest

from mattermost_hooks.postgresql import pool as pool_module
from mattermost_hooks.postgresql.pool import Pool, WatchedPool
from mattermost_hooks.postgresql.presence import WatchedConnection
from tests import servers

Connect = Callable[[], WatchedConnection]


@pytest.fixture(scope="module")
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:
        url = os.environ.get("DATABASE_URL", "")
        if not url.startswith("postgres"):
            url = stack.enter_context(
                servers.postgresql(stack.enter_context(servers.temporary_folder()))
            )
        yield partial(WatchedConnection.connect, url, autocommit=True)


@pytest.fixture
def pool(connect: Connect) -> Iterator[Pool]:
    made = Pool(connect, size=2)
    yield made
    made.close()


def backend(connection: psycopg.Connection[Any]) -> int:
    return connection.info.backend_pid


def test_a_connection_given_back_is_the_next_to_be_taken(pool: Pool) -> None:
    first = pool.take()
    pool.give_back(first, is_clean=True)
    assert pool.take() is first
    pool.give_back(first, is_clean=True)


def test_a_connection_that_the_server_has_closed_is_not_handed_out(
    pool: Pool, connect: Connect
) -> None:
    kept = pool.take()
    pool.give_back(kept, is_clean=True)
    with connect() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend(kept)])
    taken = pool.take()
    assert taken.execute("SELECT 1").fetchone() == (1,)
    pool.give_back(taken, is_clean=True)


@pytest.mark.parametrize("leave", ["in a block", "in a transaction", "closed"])
def test_a_connection_that_its_user_left_open_is_closed(pool: Pool, leave: str) -> None:
    used = pool.take()
    if leave == "in a transaction":
        used.execute("BEGIN")
    elif leave == "closed":
        used.close()
    pool.give_back(used, is_clean=leave != "in a block")
    taken = pool.take()
    assert taken is not used
    assert used.closed
    pool.give_back(taken, is_clean=True)


def test_no_more_connections_than_allowed_are_open_and_the_refusal_says_why(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "WAIT_SECONDS", 0.01)
    taken = [pool.take(), pool.take()]
    with pytest.raises(psycopg.errors.TooManyConnections, match="all 2 of this process are in use"):
        pool.take()
    for connection in taken:
        pool.give_back(connection, is_clean=True)
    pool.give_back(pool.take(), is_clean=True)


def test_a_connection_that_cannot_be_made_takes_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> WatchedConnection:
        raise psycopg.OperationalError("refused")

    pool = Pool(fail, size=1)
    for _ in range(3):
        with pytest.raises(psycopg.OperationalError, match="refused"):
            pool.take()


def test_what_is_given_back_to_a_closed_pool_is_closed(pool: Pool) -> None:
    used = pool.take()
    pool.close()
    pool.give_back(used, is_clean=True)
    assert used.closed


def test_a_statement_of_a_web_process_may_take_only_so_long(connect: Connect) -> None:
    pool = WatchedPool(connect, size=1, statement_seconds=1)
    connection = pool.take()
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(30)")
    pool.give_back(connection, is_clean=True)
    pool.close()
