"""Claims: deliveries that are due and are a worker's for some seconds, which it prolongs while it is at them.

A claim is one statement that pushes `due_at` ahead, so what a dead worker had in hand falls due by itself. Who
may be called at all is asked in it: receivers that rest are left out.
"""

import random
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import groupby
from typing import Any

from django.db import connection

from mattermost_hooks import database_clock, statements
from mattermost_hooks.records import new_id
from mattermost_hooks.statements import Statement

from .models import PENDING, Delivery, Endpoint, Trouble

LEASE_MS = 10_000
# Of one receiver's owners so many are looked at in one go, from a place that chance chooses; twice if that is
# behind the last one.
MOST_OWNERS = 256

Room = Callable[[str], int]

_TABLE = Delivery._meta.db_table
_ENDPOINT_TABLE = Endpoint._meta.db_table
_FIELDS = Delivery._meta.concrete_fields
_NAMES = [field.attname for field in _FIELDS]
# All that is put into these statements are our own names.
_COLUMNS = ", ".join(f"{_TABLE}.{field.column}" for field in _FIELDS)
_MAY_BE_CALLED = (
    f"NOT EXISTS (SELECT 1 FROM {_ENDPOINT_TABLE} resting"  # noqa: S608
    " WHERE resting.name = endpoint AND resting.rests_until > {now})"
)
# Chosen once and for all: a choice that skips what is locked gives other rows each time it is made.
_CLAIM = f"""
    WITH chosen AS MATERIALIZED ({{chosen}})
    UPDATE {_TABLE} SET due_at = {{now}} + {LEASE_MS}, update_at = {{now}},
        attempt_count = attempt_count + 1, claim = claim + 1
    WHERE id IN (SELECT id FROM chosen) AND status = '{PENDING}' AND due_at <= {{now}}
    RETURNING {_COLUMNS},
        EXISTS (SELECT 1 FROM {_ENDPOINT_TABLE} WHERE name = {_TABLE}.endpoint),
        EXISTS (SELECT 1 FROM {Trouble._meta.db_table} trouble
                WHERE trouble.owner_id = {_TABLE}.owner_id AND trouble.url = {_TABLE}.url)
"""  # noqa: S608
# Jumps from one receiver to the next in the index, however many deliveries each of them has waiting.
_ENDPOINTS = f"""
    WITH RECURSIVE found(endpoint) AS (
        SELECT MIN(endpoint) FROM {_TABLE} WHERE status = '{PENDING}' AND kind = %s
        UNION ALL
        SELECT (SELECT MIN(one.endpoint) FROM {_TABLE} one
                WHERE one.status = '{PENDING}' AND one.kind = %s AND one.endpoint > found.endpoint)
        FROM found WHERE found.endpoint IS NOT NULL
    )
    SELECT endpoint FROM found WHERE endpoint IS NOT NULL AND {_MAY_BE_CALLED}
"""  # noqa: S608
# From one owner to the next at each of these receivers; those that have something due.
_OWNERS = f"""
    WITH RECURSIVE asked(endpoint, first) AS (VALUES {{places}}),
    found(endpoint, owner_id, number) AS (
        SELECT endpoint, (SELECT MIN(one.owner_id) FROM {_TABLE} one WHERE one.status = '{PENDING}'
            AND one.kind = %s AND one.endpoint = asked.endpoint AND one.owner_id >= asked.first), 1
        FROM asked
        UNION ALL
        SELECT endpoint, (SELECT MIN(one.owner_id) FROM {_TABLE} one WHERE one.status = '{PENDING}'
            AND one.kind = %s AND one.endpoint = found.endpoint AND one.owner_id > found.owner_id), number + 1
        FROM found WHERE owner_id IS NOT NULL AND number < {MOST_OWNERS}
    )
    SELECT endpoint, owner_id FROM found WHERE owner_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM {_TABLE} one WHERE one.status = '{PENDING}' AND one.kind = %s
        AND one.endpoint = found.endpoint AND one.owner_id = found.owner_id AND one.due_at <= {{now}})
    ORDER BY endpoint
"""  # noqa: S608


def of_ids(
    ids: Sequence[str], *, kinds: Sequence[str], without: Collection[str] = ()
) -> list[Delivery]:
    """Claim those of these deliveries that are due and of these kinds, but none for receivers that rest or are
    in `without`.
    """
    if not ids or not kinds:
        return []
    chosen = (
        f"SELECT id FROM {_TABLE} WHERE id IN ({_places(ids)}) AND kind IN ({_places(kinds)})"  # noqa: S608
        f" AND {_MAY_BE_CALLED.format(now=_now())}"
    )
    if without:
        chosen += f" AND endpoint NOT IN ({_places(without)})"
    return _claim(f"{chosen}{_skip_locked()}", [*ids, *kinds, *without])


def due(*, kinds: Iterable[str], room: Room, most: int) -> list[Delivery]:
    """Claim what is due of these kinds, of each receiver as many as there is room for, and at most `most`.

    Where there are more receivers than that, chance decides whose turn it is. Of one receiver each owner gets
    its turn; of one owner what was never tried comes before what is tried again.
    """
    claimed: list[Delivery] = []
    for kind in kinds:
        rooms = {endpoint: room(endpoint) for endpoint in _waiting_endpoints(kind)}
        endpoints = [endpoint for endpoint, left in rooms.items() if left]
        random.shuffle(endpoints)
        while endpoints and len(claimed) < most:
            some, endpoints = endpoints[:most], endpoints[most:]
            each = max(1, (most - len(claimed)) // len(some))
            claimed += _claim_turns(kind, {one: min(each, rooms[one]) for one in some})
    return claimed


def renew(deliveries: Sequence[Delivery]) -> None:
    """Prolong these claims, where they are still ours."""
    _change(deliveries, f"due_at = {_now()} + {LEASE_MS}")


def release(deliveries: Sequence[Delivery]) -> None:
    """Give up these claims, of which no attempt was made: they are due at once, and it does not count."""
    _change(deliveries, f"due_at = {_now()}, attempt_count = attempt_count - 1, claim = claim + 1")


def _change(deliveries: Sequence[Delivery], changes: str) -> None:
    if not deliveries:
        return
    pairs = ", ".join(["(%s, %s)"] * len(deliveries))
    sql = (
        f"UPDATE {_TABLE} SET {changes} WHERE status = '{PENDING}'"  # noqa: S608
        f" AND (id, claim) IN (VALUES {pairs}) RETURNING id"
    )
    values = [value for one in deliveries for value in (one.id, one.claim)]
    statements.run_unawaited(Statement(sql, values))


def _claim_turns(kind: str, most_of: dict[str, int]) -> list[Delivery]:
    """Claim at most so many of each receiver, shared among its owners."""
    parts, parameters = [], []
    for endpoint, turns in groupby(_owners(kind, most_of), key=lambda turn: turn[0]):
        found = {owner for _, owner in turns}
        owners = random.sample(sorted(found), min(len(found), most_of[endpoint]))
        each = most_of[endpoint] // len(owners)
        for owner_id in owners:
            parts.append(
                f"SELECT id FROM (SELECT id FROM {_TABLE} WHERE status = '{PENDING}' AND kind = %s"  # noqa: S608
                f" AND endpoint = %s AND owner_id = %s AND due_at <= {_now()}"
                f" ORDER BY due_at, id LIMIT %s{_skip_locked()}) AS of_one"
            )
            parameters += [kind, endpoint, owner_id, each]
    return _claim(" UNION ALL ".join(parts), parameters) if parts else []


def _claim(chosen: str, parameters: Sequence[object]) -> list[Delivery]:
    # A claim that a crash of the database undoes leaves the delivery due.
    claim = Statement(_CLAIM.format(chosen=chosen, now=_now()), parameters)
    return [_as_delivery(row) for row in statements.run_unawaited(claim)]


def _as_delivery(row: Sequence[Any]) -> Delivery:
    values = [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(_FIELDS, row, strict=False)
    ]
    claimed = Delivery.from_db(connection.alias, _NAMES, values)
    failed = row[len(_FIELDS) :]
    claimed.endpoint_failed, claimed.url_failed = bool(failed[0]), bool(failed[1])
    return claimed


def _waiting_endpoints(kind: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_ENDPOINTS.format(now=_now()), [kind, kind])
        return [endpoint for (endpoint,) in cursor.fetchall()]


def _owners(kind: str, endpoints: Collection[str]) -> list[tuple[str, str]]:
    """Receivers and owners that have something due there, from a place that chance chooses on."""
    places = ", ".join(["(%s, %s), (%s, '')"] * len(endpoints))
    starts = [value for endpoint in endpoints for value in (endpoint, new_id(), endpoint)]
    with connection.cursor() as cursor:
        cursor.execute(
            _OWNERS.format(places=places, now=_now()),
            [*starts, kind, kind, kind],
        )
        return list(cursor.fetchall())


def _now() -> str:
    return database_clock.now_sql(connection.vendor)


def _skip_locked() -> str:
    return " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""


def _places(values: Collection[str]) -> str:
    return ", ".join(["%s"] * len(values))
