"""The time as the database tells it, in milliseconds: one clock for all processes, whatever theirs say."""

from typing import Any

from django.db.models import BigIntegerField, Func

# On PostgreSQL the time at which a statement began, so that an index can be searched with it.
_SQL = {
    "postgresql": "(EXTRACT(EPOCH FROM statement_timestamp()) * 1000)::bigint",
    "sqlite": "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
}


def now_sql(vendor: str) -> str:
    """The expression for the time now, for a statement on a database of this vendor."""
    return _SQL[vendor]


class Now(Func):
    """The time now in a query of the ORM."""

    output_field = BigIntegerField()

    def as_postgresql(self, *_: Any, **__: Any) -> tuple[str, tuple[()]]:
        """PostgreSQL's expression; it has no parameters."""
        return now_sql("postgresql"), ()

    def as_sqlite(self, *_: Any, **__: Any) -> tuple[str, tuple[()]]:
        """SQLite's expression; it has no parameters."""
        return now_sql("sqlite"), ()
