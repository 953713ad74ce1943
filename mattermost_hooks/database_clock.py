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

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:  # type: ignore[override] # the plugin knows it as generic
        """The expression of the database at hand; it has no parameters."""
        return now_sql(connection.vendor), []
