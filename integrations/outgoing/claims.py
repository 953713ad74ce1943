"""Claims: deliveries that are due and are a worker's for some seconds, which it prolongs while it is at them.

A claim is one statement that pushes `due_at` ahead, so what a dead worker had in hand falls due by itself.
"""

import random
from collections.abc import Callable, Collection, Sequence

from django.db import connection

from mattermost_hooks import statements
from mattermost_hooks.records import now_ms
from mattermost_hooks.statements import Statement

from .models import PENDING, Delivery

LEASE_MS = 10_000

_TABLE = Delivery._meta.db_table
# All that is put into these statements are our own names.
# Chosen once and for all: a choice that skips what is locked gives other rows each time it is made.
_CLAIM = f"""
    WITH chosen AS MATERIALIZED ({{chosen}})
    UPDATE {_TABLE} SET due_at = %s, update_at = %s, attempt_count = attempt_count + 1, claim = claim + 1
    WHERE id IN (SELECT id FROM chosen) AND status = '{PENDING}' AND due_at <= %s
    RETURNING id
"""  # noqa: S608
# Jumps from one receiver to the next in the index, however many deliveries each of them has waiting.
_ENDPOINTS = f"""
    WITH RECURSIVE found(endpoint) AS (
        SELECT MIN(endpoint) FROM {_TABLE} WHERE status = '{PENDING}'
        UNION ALL
        SELECT (SELECT MIN(one.endpoint) FROM {_TABLE} one
                WHERE one.status = '{PENDING}' AND one.endpoint > found.endpoint)
        FROM found WHERE found.endpoint IS NOT NULL
    )
    SELECT endpoint FROM found WHERE endpoint IS NOT NULL
"""  # noqa: S608


def of_ids(ids: Sequence[str], *, without: Collection[str] = ()) -> list[Delivery]:
    """Claim those of these deliveries that are due, but none for the receivers in `without`."""
    chosen = f"SELECT id FROM {_TABLE} WHERE id IN ({_places(ids)})"  # noqa: S608
    if without:
        chosen += f" AND endpoint NOT IN ({_places(without)})"
    return _claim(f"{chosen}{_skip_locked()}", [*ids, *without])


def due(*, room: Callable[[str], int], most: int) -> list[Delivery]:
    """Claim what is due, of each receiver as many as there is room for, and at most `most`.

    Where there are more receivers than that, chance decides whose turn it is.
    """
    rooms = {endpoint: room(endpoint) for endpoint in _waiting_endpoints()}
    endpoints = [endpoint for endpoint, left in rooms.items() if left]
    random.shuffle(endpoints)
    claimed: list[Delivery] = []
    now = now_ms()
    while endpoints and len(claimed) < most:
        some, endpoints = endpoints[:most], endpoints[most:]
        each = max(1, (most - len(claimed)) // len(some))
        part = (
            f"SELECT id FROM (SELECT id FROM {_TABLE} WHERE status = '{PENDING}' AND endpoint = %s"  # noqa: S608
            f" AND due_at <= %s ORDER BY due_at LIMIT %s{_skip_locked()}) AS of_one"
        )
        parameters = [
            value for endpoint in some for value in (endpoint, now, min(each, rooms[endpoint]))
        ]
        claimed += _claim(" UNION ALL ".join([part] * len(some)), parameters)
    return claimed


def renew(deliveries: Sequence[Delivery]) -> None:
    """Prolong these claims, where they are still ours."""
    _change(deliveries, "due_at = %s", now_ms() + LEASE_MS)


def release(deliveries: Sequence[Delivery]) -> None:
    """Give up these claims, of which no attempt was made: they are due at once, and it does not count."""
    _change(
        deliveries, "due_at = %s, attempt_count = attempt_count - 1, claim = claim + 1", now_ms()
    )


def _change(deliveries: Sequence[Delivery], changes: str, at: int) -> None:
    if not deliveries:
        return
    pairs = ", ".join(["(%s, %s)"] * len(deliveries))
    sql = (
        f"UPDATE {_TABLE} SET {changes} WHERE status = '{PENDING}'"  # noqa: S608
        f" AND (id, claim) IN (VALUES {pairs}) RETURNING id"
    )
    values = [value for one in deliveries for value in (one.id, one.claim)]
    statements.run_unawaited(Statement(sql, [at, *values]))


def _claim(chosen: str, parameters: Sequence[object]) -> list[Delivery]:
    now = now_ms()
    claim = Statement(_CLAIM.format(chosen=chosen), [*parameters, now + LEASE_MS, now, now])
    # A claim that a crash of the database undoes leaves the delivery due.
    ids = [row[0] for row in statements.run_unawaited(claim)]
    if not ids:
        return []
    return list(Delivery.objects.select_related("hook__team", "hook__creator").filter(id__in=ids))


def _waiting_endpoints() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ENDPOINTS)
        return [endpoint for (endpoint,) in cursor.fetchall()]


def _skip_locked() -> str:
    return " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""


def _places(values: Collection[str]) -> str:
    return ", ".join(["%s"] * len(values))
