"""One attempt at a claimed delivery: called for, written down, settled (specification §3.3, §3.9).

Nothing waits for a receiver inside a transaction.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from django.db import DatabaseError, InterfaceError, connection

from integrations.outbound import outbound
from integrations.outbound.reply import OutboundError, Reply, Timings
from mattermost_hooks import statements, transactions
from mattermost_hooks.database_clock import Now
from mattermost_hooks.records import now_ms
from mattermost_hooks.statements import Statement

from . import breaker, retries, senders, signatures, signing_secrets, troubles
from .models import DELIVERED, FAILED, PENDING, Attempt, Delivery
from .retries import Outcome
from .slots import Answer

RESPONSE_START = 16_384
MOST_WRITING = 4

logger = logging.getLogger(__name__)
_desks = threading.BoundedSemaphore(MOST_WRITING)
_counted: "Counter[str]" = Counter()
_counting = threading.Lock()


@dataclass(frozen=True)
class Claimed:
    """A delivery that is this process's for now, and what it is sent for; None for an owner that is no more."""

    delivery: Delivery
    owner: Any

    @property
    def endpoint(self) -> str:
        """Its receiver."""
        return self.delivery.endpoint


@dataclass(frozen=True)
class Try:
    """One request and its answer; `reply` is None when there was none."""

    started: int
    duration_ms: int
    outcome: Outcome
    timings: Timings
    reply: Reply | None = None


def make(claimed: Claimed) -> Answer | None:
    """Call the receiver and write down what came of it: what that says of the receiver.

    None says nothing of it: it was not called, or we failed.
    """
    with connected():  # a receiver may take half a minute; others need the connection meanwhile
        reason = _why_ended(claimed)
    if reason:
        with desk():
            made = claimed.delivery.attempt_count - 1  # the claim counted one that is not made
            settle(claimed.delivery, status=FAILED, note=reason, attempt_count=made)
        return None
    tried = _call(claimed)
    with desk():
        _write_down(claimed, tried)
    if tried.outcome.is_ours:
        return None
    return Answer(tried.outcome.answered, tried.duration_ms / 1000)


def take_counts() -> "Counter[str]":
    """How many attempts came to what since this was asked last."""
    with _counting:
        counted = _counted.copy()
        _counted.clear()
    return counted


@contextmanager
def connected() -> Iterator[None]:
    """Give the connection back afterwards: others may need it, and one that broke is not met again."""
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def desk() -> Iterator[None]:
    """A place to write at: many threads wait for receivers, and the process has but few connections."""
    with _desks, connected():
        yield


def settle(delivery: Delivery, **changes: object) -> bool:
    """Write down what became of a claimed delivery; False if the claim was lost meanwhile."""
    ours = Delivery.objects.filter(id=delivery.id, status=PENDING, claim=delivery.claim)
    settled = ours.update(update_at=now_ms(), **changes)
    if not settled:
        logger.warning("Delivery %s was taken over by another worker meanwhile", delivery.id)
    return bool(settled)


def _why_ended(claimed: Claimed) -> str:
    delivery, sender = claimed.delivery, senders.of(claimed.delivery.kind)
    if claimed.owner is None:
        return "Given up: what it was sent for is no more."
    if reason := sender.why_ended(delivery, claimed.owner):
        return f"Given up: {reason}"
    if delivery.url_failed and (reason := troubles.why_off(delivery)):
        return f"Given up: {reason}"
    if delivery.attempt_count > sender.most_attempts(claimed.owner):
        return "Given up: the last attempt broke off before its result was known."
    return ""


def _call(claimed: Claimed) -> Try:
    delivery, sender = claimed.delivery, senders.of(claimed.delivery.kind)
    started, clock = now_ms(), time.monotonic()
    reply, timings, unsigned = None, Timings(), ""
    try:
        body = sender.body(delivery, claimed.owner)
        signing = signing_secrets.valid(sender.sealed_secrets(claimed.owner), now=started)
        unsigned = "" if signing else signing_secrets.UNSIGNED
        reply = outbound.post(
            delivery.url,
            body=body,
            content_type=delivery.content_type,
            headers=signatures.headers(
                [one.text for one in signing], id=delivery.id, at=started // 1000, body=body
            ),
        )
        timings = reply.timings
        outcome = retries.judge(reply.status, reply.headers, now=now_ms())
    except OutboundError as problem:
        timings = problem.timings
        outcome = Outcome(retry=problem.retry, note=problem.message)
    except Exception:  # one broken delivery must not be tried for ever, nor unseen
        logger.exception("Delivery %s could not be sent", delivery.id)
        outcome = Outcome(is_ours=True, retry=True, note="The server failed at it, see its log.")
    if unsigned:
        outcome = replace(outcome, note=f"{outcome.note} {unsigned}".strip())
    return Try(started, round(1000 * (time.monotonic() - clock)), outcome, timings, reply)


def _write_down(claimed: Claimed, tried: Try) -> None:
    """First what is known of the try: the attempt stands whatever becomes of the reply."""
    delivery = claimed.delivery
    _record(delivery, tried)
    with _counting:
        _counted[tried.outcome.word] += 1
    if tried.outcome.delivered:
        _deliver(claimed, tried)
    else:
        _postpone(claimed, tried.outcome)
    _note_health(claimed, tried)


def _record(delivery: Delivery, tried: Try) -> None:
    reply = tried.reply
    start = reply.body[: 4 * RESPONSE_START].decode("utf-8", "replace") if reply else ""
    made = Attempt(
        delivery=delivery,
        create_at=tried.started,
        duration_ms=tried.duration_ms,
        timings={part: ms for part, ms in asdict(tried.timings).items() if ms is not None},
        status_code=reply.status if reply else None,
        error=tried.outcome.note[:500],
        response_start=start.replace("\0", "\ufffd")[:RESPONSE_START],
    )
    (insert,) = statements.inserts([made])
    # Settling, which follows at once, waits for the disk.
    statements.run_unawaited(Statement(f"{insert.sql} RETURNING id", insert.params))


def _deliver(claimed: Claimed, tried: Try) -> None:
    """Settle what was delivered, after one more try if its answer cannot be taken."""
    delivery = claimed.delivery
    for _ in range(2):
        try:
            transactions.run(partial(_settle_and_take, claimed, tried))
            return
        except (DatabaseError, InterfaceError):
            raise  # nothing can be settled: it falls due again after its lease
        except Exception:
            logger.exception("The reply to delivery %s could not be posted", delivery.id)
    settle(
        delivery, status=DELIVERED, note="Reply not posted: the server failed at it, see its log."
    )


def _settle_and_take(claimed: Claimed, tried: Try) -> None:
    """Mark it delivered and do what the answer asks for, both or neither; not if the claim was lost."""
    delivery = claimed.delivery
    if not settle(delivery, status=DELIVERED, note=tried.outcome.note):
        return
    body = tried.reply.body if tried.reply else b""
    if note := senders.of(delivery.kind).take_answer(delivery, claimed.owner, body):
        logger.info("Delivery %s: %s", delivery.id, note)
        note = f"{tried.outcome.note} {note}".strip()
        Delivery.objects.filter(id=delivery.id).update(note=note)


def _postpone(claimed: Claimed, outcome: Outcome) -> None:
    delivery = claimed.delivery
    delay = retries.delay_after(
        attempt_count=delivery.attempt_count,
        outcome=outcome,
        most_attempts=senders.of(delivery.kind).most_attempts(claimed.owner),
        chance=random.random(),  # noqa: S311 - spreads retries, guards nothing
    )
    if delay is not None:
        settle(delivery, due_at=Now() + round(1000 * delay), note=outcome.note)
    elif settle(delivery, status=FAILED, note=f"Given up: {outcome.note}"):
        logger.warning("Delivery %s is given up: %s", delivery.id, outcome.note)


def _note_health(claimed: Claimed, tried: Try) -> None:
    """Let be known how the receiver fares; nothing of the delivery hangs on it."""
    delivery, outcome = claimed.delivery, tried.outcome
    is_well = outcome.delivered and not delivery.endpoint_failed and not delivery.url_failed
    if outcome.is_ours or is_well:
        return
    try:
        with transactions.unawaited():
            if not outcome.answered:
                breaker.note_failure(
                    endpoint=delivery.endpoint, began=tried.started, retry_after=outcome.retry_after
                )
            elif delivery.endpoint_failed:
                breaker.note_answer(endpoint=delivery.endpoint)
        with transactions.unawaited():
            if not outcome.delivered:
                troubles.note_failure(delivery, claimed.owner, outcome)
            elif delivery.url_failed:
                troubles.note_success(delivery, claimed.owner)
    except Exception:
        logger.exception("How the receiver of delivery %s fares is not noted", delivery.id)
