"""Every way in which a database fails is told by its true name."""

import sqlite3
from pathlib import Path

import psycopg
import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)

from mattermost_hooks import database_errors


def caused_by(cause: Exception) -> OperationalError:
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "case"),
    [
        (psycopg.errors.DeadlockDetected(), "conflict"),
        (psycopg.errors.SerializationFailure(), "conflict"),
        (psycopg.errors.QueryCanceled(), "too_slow"),
        (psycopg.errors.LockNotAvailable(), "busy"),
        (psycopg.errors.TooManyConnections(), "busy"),
        (psycopg.errors.AdminShutdown(), "away"),
        (psycopg.errors.CannotConnectNow(), "away"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "away"),
        (psycopg.errors.DiskFull(), "unfit"),
    ],
)
def test_postgresql_is_away_only_when_it_is(cause: Exception, case: str) -> None:
    refusal = database_errors.as_refusal(caused_by(cause))
    assert refusal is not None
    assert (refusal.id, refusal.status) == (f"app.database.{case}.app_error", 503)
    assert ("does not answer" in refusal.message) is (case == "away")


def test_a_locked_sqlite_is_busy(tmp_path: Path) -> None:
    with (
        sqlite3.connect(tmp_path / "db", isolation_level=None) as one,
        sqlite3.connect(tmp_path / "db", timeout=0) as other,
    ):
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("CREATE TABLE a (b)")
    refusal = database_errors.as_refusal(caused_by(caught.value))
    assert refusal is not None
    assert refusal.id == "app.database.busy.app_error"


def test_a_sqlite_that_cannot_be_opened_is_away(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "no" / "db")
    refusal = database_errors.as_refusal(caused_by(caught.value))
    assert refusal is not None
    assert refusal.id == "app.database.away.app_error"


def test_a_closed_connection_is_away() -> None:
    refusal = database_errors.as_refusal(InterfaceError("connection already closed"))
    assert refusal is not None
    assert refusal.id == "app.database.away.app_error"


@pytest.mark.parametrize("error", [IntegrityError(), ProgrammingError(), DatabaseError()])
def test_our_own_mistakes_are_no_refusals(error: DatabaseError) -> None:
    assert database_errors.as_refusal(error) is None
