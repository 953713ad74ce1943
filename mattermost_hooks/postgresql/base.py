"""What Django loads as its backend: its own, but for where connections come from and go to."""

import threading
from functools import partial
from typing import Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from . import watching_threads
from .pool import Pool, WatchedPool
from .presence import WatchedConnection

_pools: dict[str, Pool] = {}
_making = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A thread's view of the database; its connection is taken from the process's pool and given back.

    Beside Django's settings it reads POOL_SIZE, the connections of a process at most, and STATEMENT_SECONDS,
    how long a statement may take in a process that watches (0: for ever).
    """

    pool = None  # psycopg's own, which Django would use

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection in autocommit, or an OperationalError; without any wait while PostgreSQL is away."""
        if self.alias == NO_DB_ALIAS:  # tests make and drop databases with it
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self._taken_from = self._pool(conn_params)
        return self._taken_from.take()

    def close_pool(self) -> None:
        """Close this process's connections to the database."""
        if pool := _pools.pop(self.settings_dict["NAME"], None):
            pool.close()

    def _close(self) -> None:
        if self.connection is None or self.alias == NO_DB_ALIAS:
            super()._close()  # type: ignore[misc] # known to Django, not to its stubs
            return
        with self.wrap_database_errors:
            # Within a block Django holds on to a connection that it has closed.
            self._taken_from.give_back(self.connection, is_clean=not self.in_atomic_block)

    def _pool(self, conn_params: dict[str, Any]) -> Pool:
        name = self.settings_dict["NAME"]
        with _making:
            if name not in _pools:
                _pools[name] = self._new_pool(conn_params | {"autocommit": True})
            return _pools[name]

    def _new_pool(self, conn_params: dict[str, Any]) -> Pool:
        options = self.settings_dict
        if not (threads := watching_threads()):
            connect = partial(psycopg.Connection.connect, **conn_params)
            return Pool(connect, size=options["POOL_SIZE"])
        return WatchedPool(
            partial(WatchedConnection.connect, **conn_params),
            size=max(threads, options["POOL_SIZE"]),
            statement_seconds=options["STATEMENT_SECONDS"],
        )
