"""The connections of a process: kept between requests, made when none is free, never more than there may be."""

import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from .presence import Presence, WatchedConnection

Connection = psycopg.Connection[Any]

WAIT_SECONDS = 10.0  # for one of the others to be given back


class Pool:
    """Up to `size` connections to one database; the one used last is taken first.

    Whether a kept connection still lives is read from its socket, without a round trip: a server that ends
    closes it. Who needs a new one connects at once and so hears at once what is wrong.
    """

    def __init__(self, connect: Callable[[], Connection], *, size: int) -> None:
        self._connect = connect
        self._size = size
        self._free = threading.BoundedSemaphore(size)
        self._kept: deque[Connection] = deque()
        self._is_closed = False

    def take(self) -> Connection:
        """A connection, to be given back; OperationalError when none can be had."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise psycopg.errors.TooManyConnections(f"all {self._size} of this process are in use")
        try:
            return self._living() or self._new()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, connection: Connection, *, is_clean: bool) -> None:
        """Keep it for the next, or close it when its last user left something open."""
        try:
            is_idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
            if is_clean and is_idle and not self._is_closed:
                self._kept.append(connection)
            else:
                connection.close()
        finally:
            self._free.release()

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back."""
        self._is_closed = True
        while connection := self._kept_one():
            connection.close()

    def _kept_one(self) -> Connection | None:
        try:
            return self._kept.pop()
        except IndexError:
            return None

    def _living(self) -> Connection | None:
        while connection := self._kept_one():
            if _is_quiet(connection):
                return connection
            connection.close()
        return None

    def _new(self) -> Connection:
        return self._connect()


class WatchedPool(Pool):
    """The same where somebody waits: connections are refused at once while the server is known to be away.

    A statement may take `statement_seconds`, for ever with 0.
    """

    def __init__(
        self, connect: Callable[[], WatchedConnection], *, size: int, statement_seconds: int
    ) -> None:
        super().__init__(connect, size=size)
        self._statement_seconds = statement_seconds
        self._presence = Presence(self._knock)

    def take(self) -> Connection:
        """A connection, to be given back; OperationalError when none can be had, at once while all are Away."""
        self._presence.require()
        return super().take()

    def _new(self) -> Connection:
        try:
            connection = super()._new()
        except psycopg.OperationalError:
            self._presence.could_not_connect()
            raise
        assert isinstance(connection, WatchedConnection)  # noqa: S101 - for mypy: _connect made it
        connection.presence = self._presence
        limit = f"{self._statement_seconds}s"
        connection.execute("SELECT set_config('statement_timeout', %s, false)", [limit])
        return connection

    def _knock(self) -> None:
        self._connect().close()


def _is_quiet(connection: Connection) -> bool:
    """Does nothing wait to be read? On a connection at rest that would be its end."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return not poll.poll(0)
