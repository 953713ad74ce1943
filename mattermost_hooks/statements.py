"""Statements of the hottest paths: spelt once, where Django's ORM compiles the same INSERT for every row, and
done together in one round trip where the database can.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from django.db import connection, models, transaction

# What a row holds of these is what a driver wants; Django would look at each value once more.
_PLAIN = (
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.BooleanField,
    models.ForeignKey,
)


# Below what databases take in one statement: 32 766 on SQLite, 65 535 on PostgreSQL.
MOST_PARAMS = 30_000


@dataclass(frozen=True)
class Statement:
    """SQL with its parameters; it changes rows and answers nothing."""

    sql: str
    params: Sequence[Any]


def inserts(rows: Iterable[models.Model]) -> Iterator[Statement]:
    """What inserts these rows, a statement for each kind, more when it would be too long; keys that the
    database gives stay unknown.

    Unlike save(), nobody is signalled.
    """
    kinds: defaultdict[type[models.Model], list[models.Model]] = defaultdict(list)
    for row in rows:
        kinds[type(row)].append(row)
        row._state.adding, row._state.db = False, connection.alias
    for kind, of_kind in kinds.items():
        left = iter(of_kind)
        while some := list(islice(left, MOST_PARAMS // len(_columns(kind)))):
            values = [value for row in some for value in _values(row)]
            yield Statement(_insert_into(kind, len(some)), values)


def run(statements: Sequence[Statement]) -> None:
    """Do all of them or none: on PostgreSQL as one statement, without BEGIN and COMMIT, if it is not too long.

    None of them sees what another one does. Inside a transaction a failure undoes just them.
    """
    fits_in_one = sum(len(one.params) for one in statements) <= MOST_PARAMS
    is_one = len(statements) == 1 or (connection.vendor == "postgresql" and fits_in_one)
    if is_one:
        statements = [_joined(statements)]
    in_block = transaction.atomic() if connection.in_atomic_block or not is_one else nullcontext()
    with in_block, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.sql, statement.params)


def run_unawaited(statement: Statement) -> list[tuple[Any, ...]]:
    """Do one statement that ends in RETURNING without waiting until the disk has it; what it returns.

    Should the database crash in the next moments it is as if it had never been done, unless a later transaction
    was waited for. SQLite waits.
    """
    sql = statement.sql
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        # Counts for this transaction alone, which is this statement.
        sql += ", set_config('synchronous_commit', 'off', true)"
    with connection.cursor() as cursor:
        cursor.execute(sql, statement.params)
        return list(cursor.fetchall())


def append(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Add many rows at the least cost, all of them or none: of each the values of these columns, as a driver
    wants them.

    Unlike save(), nobody is signalled.
    """
    quoted = connection.ops.quote_name
    table, names = quoted(model._meta.db_table), ", ".join(map(quoted, columns))
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(columns))
            with transaction.atomic():
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # noqa: S608 - our names
            return
        # A fifth of what as many INSERTs cost; Django knows nothing of it, so its errors are not yet Django's.
        copying = f"COPY {table} ({names}) FROM STDIN"
        with connection.wrap_database_errors, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)


def _joined(statements: Sequence[Statement]) -> Statement:
    *others, last = statements
    if not others:
        return last
    parts = ", ".join(f"part{number} AS ({one.sql})" for number, one in enumerate(others))
    return Statement(
        f"WITH {parts} {last.sql}", [one for part in statements for one in part.params]
    )


@lru_cache(maxsize=256)
def _insert_into(model: type[models.Model], count: int) -> str:
    quoted = connection.ops.quote_name
    columns = [quoted(str(field.column)) for field in _fields(model)]
    places = f"({', '.join(['%s'] * len(columns))})"
    return (
        f"INSERT INTO {quoted(model._meta.db_table)} ({', '.join(columns)}) "  # noqa: S608 - our names
        f"VALUES {', '.join([places] * count)}"
    )


def _values(row: models.Model) -> list[Any]:
    return [
        getattr(row, field.attname) if is_plain else _prepared(field, row)
        for field, is_plain in _columns(type(row))
    ]


def _prepared(field: "models.Field[Any, Any]", row: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)


@cache
def _columns(model: type[models.Model]) -> "tuple[tuple[models.Field[Any, Any], bool], ...]":
    """The columns that a new row fills, and which of them take the row's own value as it is."""
    return tuple((field, isinstance(field, _PLAIN)) for field in _fields(model))


@cache
def _fields(model: type[models.Model]) -> "tuple[models.Field[Any, Any], ...]":
    concrete = model._meta.local_concrete_fields
    return tuple(field for field in concrete if not isinstance(field, models.AutoField))
