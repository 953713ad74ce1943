"""Deliveries: claimed, tried, settled (specification §3.3, §3.9).

The database is the schedule (claims.py). Nothing waits for a receiver inside a transaction.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F

from integrations.delivery import wake
from integrations.delivery.pump import Outbox, Pump
from integrations.delivery.slots import Slots
from integrations.outbound import outbound
from integrations.outbound.reply import OutboundError, Reply
from mattermost_hooks import process_cache, statements, transactions
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import first_ordered_id, now_ms
from mattermost_hooks.statements import Statement

from . import claims, payload, replies, retries
from .models import DELIVERED, FAILED, PENDING, Attempt, Delivery
from .retries import Outcome

RESPONSE_START = 2_000
MOST_WRITING = 4
DAY_MS = 24 * 60 * 60 * 1000
DELIVERY_ID_HEADER = "Webhook-Id"

logger = logging.getLogger(__name__)
_desks = threading.BoundedSemaphore(MOST_WRITING)


@dataclass(frozen=True)
class Try:
    """One request and its answer; `reply` is None when there was none."""

    started: int
    duration_ms: int
    outcome: Outcome
    reply: Reply | None = None


def drain() -> None:
    """Deliver whatever is due, until stop(); returns at once where this process does so already."""
    _pump.run(beside=lambda stopping: wake.listen(_pump.hint, until=stopping))


def stop() -> None:
    """Have drain() return once the calls under way have ended."""
    _pump.stop()


def attempt(*, delivery_id: str) -> None:
    """Try a delivery that is due; anything else is left alone.

    However many workers call this at once, one of them makes the request, and a reply is posted once.
    """
    for claimed in _claim([delivery_id], ()):
        _attempt(claimed)


def prune(*, most: int) -> int:
    """Delete deliveries, with their attempts, that were settled longer ago than the console says.

    At most so many, oldest first; how many it were.
    """
    kept_ms = get_config().DataRetentionSettings.DeliveryRetentionDays * DAY_MS
    old = Delivery.objects.filter(id__lt=first_ordered_id(now_ms() - kept_ms))
    settled = old.exclude(status=PENDING).order_by("id")
    ids = list(settled.values_list("id", flat=True)[:most])
    Delivery.objects.filter(id__in=ids).delete()
    return len(ids)


def deliver_again(*, delivery_id: str) -> None:
    """Start over with a delivery, whatever came of it: an administrator's wish, due at once.

    A worker that is at it this moment loses its claim, so its reply is not posted. 404 for an unknown id.
    """
    now = now_ms()
    changed = Delivery.objects.filter(id=delivery_id).update(
        status=PENDING,
        attempt_count=0,
        claim=F("claim") + 1,
        due_at=now,
        update_at=now,
        note="Started over by an administrator.",
    )
    if not changed:
        raise AppError("app.delivery.get.app_error", "Unable to find the delivery.", status=404)


def _attempt(delivery: Delivery) -> bool:
    """Call the receiver of a claimed delivery and write down what came of it; did the receiver answer well?"""
    if reason := _reason_to_give_up(delivery):
        with _desk():
            made = delivery.attempt_count - 1  # the claim counted one that is not made
            _settle(delivery, status=FAILED, note=reason, attempt_count=made)
        return True
    tried = _call(delivery)
    with _desk():
        _write_down(delivery, tried)
    return tried.outcome.delivered or not tried.outcome.retry


@contextmanager
def _connected() -> Iterator[None]:
    """Give the connection back afterwards: others may need it, and one that broke is not met again."""
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def _desk() -> Iterator[None]:
    """A place to write at: many threads wait for receivers, and the process has but few connections."""
    with _desks, _connected():
        yield


@_connected()
def _claim(ids: Sequence[str], without: Collection[str]) -> list[Delivery]:
    process_cache.refresh()  # what is claimed now goes by the settings and webhooks of now
    return claims.of_ids(ids, without=without)


@_connected()
def _claim_due(room: Callable[[str], int], most: int) -> list[Delivery]:
    process_cache.refresh()
    return claims.due(room=room, most=most)


def _reason_to_give_up(delivery: Delivery) -> str:
    settings = get_config().ServiceSettings
    if delivery.hook.delete_at or delivery.hook.team.delete_at:
        return "Given up: the webhook was deleted."
    if not settings.EnableOutgoingWebhooks:
        return "Given up: outgoing webhooks are switched off."
    if delivery.attempt_count > settings.OutgoingWebhookMaxAttempts:
        return "Given up: the last attempt broke off before its result was known."
    return ""


def _call(delivery: Delivery) -> Try:
    body = payload.encode(
        delivery.payload, token=delivery.hook.token, content_type=delivery.content_type
    )
    if not connection.in_atomic_block:
        connection.close()  # a receiver may take half a minute; others need the connection meanwhile
    started, clock = now_ms(), time.monotonic()
    reply = None
    try:
        reply = outbound.post(
            delivery.url,
            body=body,
            content_type=delivery.content_type,
            headers={DELIVERY_ID_HEADER: delivery.id},
        )
        outcome = retries.judge(reply.status, reply.headers, now=now_ms())
    except OutboundError as problem:
        outcome = Outcome(delivered=False, retry=problem.retry, note=problem.message)
    return Try(started, round(1000 * (time.monotonic() - clock)), outcome, reply)


def _write_down(delivery: Delivery, tried: Try) -> None:
    """First what is known of the try: the attempt stands whatever becomes of the reply."""
    _record(delivery, tried)
    if not tried.outcome.delivered:
        _postpone(delivery, tried.outcome)
        return
    for _ in range(2):
        try:
            transactions.run(partial(_deliver, delivery, tried))
            return
        except (DatabaseError, InterfaceError):
            raise  # nothing can be settled: it falls due again after its lease
        except Exception:
            logger.exception("The reply to delivery %s could not be posted", delivery.id)
    _settle(
        delivery, status=DELIVERED, note="Reply not posted: the server failed at it, see its log."
    )


def _record(delivery: Delivery, tried: Try) -> None:
    reply = tried.reply
    start = reply.body[: 4 * RESPONSE_START].decode("utf-8", "replace") if reply else ""
    made = Attempt(
        delivery=delivery,
        create_at=tried.started,
        duration_ms=tried.duration_ms,
        status_code=reply.status if reply else None,
        error=tried.outcome.note[:500],
        response_start=start.replace("\0", "\ufffd")[:RESPONSE_START],
    )
    (insert,) = statements.inserts([made])
    # Settling, which follows at once, waits for the disk.
    statements.run_unawaited(Statement(f"{insert.sql} RETURNING id", insert.params))


def _deliver(delivery: Delivery, tried: Try) -> None:
    """Mark it delivered and post the reply, both or neither; only while the claim is still ours."""
    if not _settle(delivery, status=DELIVERED, note=""):
        return
    note = replies.post(delivery, tried.reply.body if tried.reply else b"")
    if note:
        logger.info("Delivery %s: %s", delivery.id, note)
        Delivery.objects.filter(id=delivery.id).update(note=note)


def _postpone(delivery: Delivery, outcome: Outcome) -> None:
    due_at = retries.next_due(
        attempt_count=delivery.attempt_count,
        outcome=outcome,
        most_attempts=get_config().ServiceSettings.OutgoingWebhookMaxAttempts,
        now=now_ms(),
        chance=random.random(),  # noqa: S311 - spreads retries, guards nothing
    )
    if due_at is not None:
        _settle(delivery, due_at=due_at, note=outcome.note)
    elif _settle(delivery, status=FAILED, note=f"Given up: {outcome.note}"):
        logger.warning("Delivery %s is given up: %s", delivery.id, outcome.note)


def _settle(delivery: Delivery, **changes: object) -> bool:
    """Write down what became of a claimed delivery; False if the claim was lost meanwhile."""
    ours = Delivery.objects.filter(id=delivery.id, status=PENDING, claim=delivery.claim)
    settled = ours.update(update_at=now_ms(), **changes)
    if not settled:
        logger.warning("Delivery %s was taken over by another worker meanwhile", delivery.id)
    return bool(settled)


_pump = Pump(
    Outbox(
        claim=_claim,
        claim_due=_claim_due,
        renew=_connected()(claims.renew),
        release=_connected()(claims.release),
        attempt=_attempt,
    ),
    Slots(quick=settings.WORKER_THREADS),
)
