"""Indexes that cost a write and serve no query."""

import pytest
from django.apps import apps
from django.db import connection

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

OUR_APPS = ("accounts", "channels_app", "integrations", "console")
INDEXES = """
    SELECT tables.relname, indexes.relname, definition.indkey::text, pg_get_expr(indpred, indrelid),
           pg_get_indexdef(indexrelid)
    FROM pg_index AS definition
    JOIN pg_class AS tables ON tables.oid = indrelid
    JOIN pg_class AS indexes ON indexes.oid = indexrelid
    WHERE tables.relname = ANY(%s)
"""


def test_no_index_of_a_table_does_what_another_one_does() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL is where Django makes second indexes")
    tables = [
        model._meta.db_table for app in OUR_APPS for model in apps.get_app_config(app).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [tables])
        found = cursor.fetchall()
    assert len(found) > len(tables)
    for table, name, columns, condition, definition in found:
        assert "_pattern_ops" not in definition, name
        others = [
            row for row in found if row[0] == table and row[1] != name and row[3] == condition
        ]
        covered = [other for _, other, more, *_ in others if f"{more} ".startswith(f"{columns} ")]
        assert covered == [], f"{name} is the beginning of {covered}"
