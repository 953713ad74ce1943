"""Statements of the hottest paths, compiled once: Django's ORM spells the same INSERT out for every row."""

from functools import cache

from django.db import connection, models


def insert(row: models.Model) -> None:
    """Insert a row whose key is set already; like save(force_insert=True), but nobody is signalled."""
    fields = row._meta.local_concrete_fields
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insert_into(type(row)), values)
    row._state.adding, row._state.db = False, connection.alias


@cache
def _insert_into(model: type[models.Model]) -> str:
    quoted = connection.ops.quote_name
    columns = [quoted(str(field.column)) for field in model._meta.local_concrete_fields]
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of our own
