"""What people are told when the database cannot do its part: each case by its true name, all of them 503."""

import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

from .errors import AppError

AWAY = "app.database.away.app_error", "The database does not answer. Please try again."
CONFLICT = (
    "app.database.conflict.app_error",
    "Two changes were in each other's way and this one was taken back. Please try again.",
)
TOO_SLOW = (
    "app.database.too_slow.app_error",
    "The database took too long for this and was stopped. Please try again later.",
)
BUSY = (
    "app.database.busy.app_error",
    "The database is busy with other work. Please try again.",
)
UNFIT = (
    "app.database.unfit.app_error",
    "The database cannot work at the moment. The server's log says why.",
)

# SQLSTATE codes of PostgreSQL, or the classes that their first two letters name.
_BY_STATE = {
    "40P01": CONFLICT,  # a deadlock
    "40001": CONFLICT,  # a serialisation failure
    "57014": TOO_SLOW,  # statement_timeout
    "55P03": BUSY,  # a lock that was not waited for
    "53300": BUSY,  # too many connections
    "08": AWAY,
    "57": AWAY,  # it shuts down or starts up
}
_BY_SQLITE_CODE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
_PRIMARY_CODE = 0xFF  # SQLite puts details into the higher bits


def as_refusal(error: DatabaseError | InterfaceError) -> AppError | None:
    """The 503 for an error that is the database's; None for one that is ours, in the statement."""
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    id, message = _case(error)
    return AppError(id, message, status=503)


def _case(error: Exception) -> tuple[str, str]:
    driver_error = error.__cause__
    if isinstance(driver_error, sqlite3.Error):
        code = getattr(driver_error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        return _BY_SQLITE_CODE.get(code, UNFIT)
    state = getattr(driver_error, "sqlstate", None)
    if not state:
        return AWAY  # the driver itself found that nobody is there
    return _BY_STATE.get(state) or _BY_STATE.get(state[:2], UNFIT)
