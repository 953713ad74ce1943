"""Deliveries: claimed, tried, settled (specification §3.3, §3.9).

The database is the schedule. A claim is a lease: it pushes `due_at` beyond the longest answer, so what a
dead worker had in hand falls due again by itself. Nothing waits for a receiver inside a transaction.
"""

import logging
import random
import time
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from django.db import connection
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from integrations.outbound import outbound
from integrations.outbound.reply import OutboundError, Reply
from mattermost_hooks import process_cache, transactions
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import first_ordered_id, now_ms

from . import payload, replies, retries
from .bulkhead import Bulkhead
from .models import DELIVERED, FAILED, PENDING, Attempt, Delivery
from .retries import Outcome

# What a worker has beyond the time-out of a request to write down what came of it.
LEASE_MARGIN_MS = 5_000
MOST_SWEPT, MOST_SWEPT_PER_HOOK = 200, 50
# How long one task goes on with parked deliveries; well below the broker's visibility time-out.
LONGEST_RUN_SECONDS = 60.0
RESPONSE_START = 2_000
DAY_MS = 24 * 60 * 60 * 1000
DELIVERY_ID_HEADER = "Webhook-Id"

logger = logging.getLogger(__name__)

_bulkhead = Bulkhead()


@dataclass(frozen=True)
class Try:
    """One request and its answer; `reply` is None when there was none."""

    started: int
    duration_ms: int
    outcome: Outcome
    reply: Reply | None = None


def attempt(*, delivery_id: str) -> None:
    """Try a delivery that is due, and then what waited for the same receiver; anything else is left alone.

    However many workers call this at once, one of them makes the request, and a reply is posted once.
    """
    host = _host_of(delivery_id)
    if host is None or not _bulkhead.enter(host, delivery_id):
        return
    started = time.monotonic()
    current: str | None = delivery_id
    while current:
        try:
            _attempt(current)
        except Exception:  # one broken delivery must not take along those that are parked behind it
            logger.exception("Delivery %s broke off; it falls due again after its lease", current)
        in_time = time.monotonic() - started < LONGEST_RUN_SECONDS
        current = _bulkhead.leave(host, takes_next=in_time)


def due() -> list[str]:
    """Ids of deliveries that are due, oldest first: at most 200, and at most 50 of one hook."""
    place = Window(RowNumber(), partition_by=F("hook_id"), order_by=F("due_at").asc())
    waiting = Delivery.objects.filter(status=PENDING, due_at__lte=now_ms()).annotate(place=place)
    chosen = waiting.filter(place__lte=MOST_SWEPT_PER_HOOK).order_by("place", "due_at")
    return list(chosen.values_list("id", flat=True)[:MOST_SWEPT])


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
        due_at=now,
        update_at=now,
        note="Started over by an administrator.",
    )
    if not changed:
        raise AppError("app.delivery.get.app_error", "Unable to find the delivery.", status=404)


def _host_of(delivery_id: str) -> str | None:
    rows = Delivery.objects.filter(id=delivery_id, status=PENDING, due_at__lte=now_ms())
    url = rows.values_list("url", flat=True).first()
    return urlsplit(url).netloc.rpartition("@")[2].lower() if url else None


def _attempt(delivery_id: str) -> None:
    process_cache.refresh()
    delivery = _claim(delivery_id)
    if delivery is None:
        return
    if reason := _reason_to_give_up(delivery):
        made = delivery.attempt_count - 1  # the claim counted one that is not made
        _settle(delivery, status=FAILED, note=reason, attempt_count=made)
        return
    tried = _call(delivery)
    transactions.run(partial(_write_down, delivery, tried))


def _claim(delivery_id: str) -> Delivery | None:
    """The delivery, if it was due and is now this worker's until its new `due_at`."""
    now = now_ms()
    lease = 1000 * get_config().ServiceSettings.OutgoingIntegrationRequestsTimeout + LEASE_MARGIN_MS
    claimed = Delivery.objects.filter(id=delivery_id, status=PENDING, due_at__lte=now).update(
        due_at=now + lease, attempt_count=F("attempt_count") + 1, update_at=now
    )
    if not claimed:
        return None
    return Delivery.objects.select_related("hook__team", "hook__creator").get(id=delivery_id)


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
    _record(delivery, tried)
    if tried.outcome.delivered:
        _deliver(delivery, tried)
    else:
        _postpone(delivery, tried.outcome)


def _record(delivery: Delivery, tried: Try) -> None:
    reply = tried.reply
    start = reply.body[: 4 * RESPONSE_START].decode("utf-8", "replace") if reply else ""
    Attempt.objects.create(
        delivery=delivery,
        create_at=tried.started,
        duration_ms=tried.duration_ms,
        status_code=reply.status if reply else None,
        error=tried.outcome.note[:500],
        response_start=start.replace("\0", "\ufffd")[:RESPONSE_START],
    )


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
    ours = Delivery.objects.filter(
        id=delivery.id,
        status=PENDING,
        due_at=delivery.due_at,
        attempt_count=delivery.attempt_count,
    )
    settled = ours.update(update_at=now_ms(), **changes)
    if not settled:
        logger.warning("Delivery %s was taken over by another worker meanwhile", delivery.id)
    return bool(settled)
