"""What a query costs the database: the rows that PostgreSQL touches for it, whatever the machine is at."""

import json
from typing import Any

from django.db import connection
from django.db.models import QuerySet


def rows_touched(queryset: QuerySet[Any]) -> int:
    """How many rows all nodes of the plan produced or threw away. Runs the query, after an ANALYZE."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    explained = queryset.explain(analyze=True, format="json")
    return _touched(json.loads(explained)[0]["Plan"])


def of_sql(sql: str, params: Any = ()) -> int:
    """The same for a statement that was written by hand."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        plan = cursor.fetchone()[0]
    return _touched((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _touched(node: dict[str, Any]) -> int:
    thrown_away = sum(value for key, value in node.items() if key.startswith("Rows Removed by"))
    own = (node["Actual Rows"] + thrown_away) * node["Actual Loops"]
    return int(own) + sum(_touched(child) for child in node.get("Plans", ()))
