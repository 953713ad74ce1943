"""The deliveries of a webhook for those who may manage it: found, read, started over, addresses switched on."""

from dataclasses import dataclass
from typing import Any

from accounts.people.models import User
from integrations.delivery import deliveries, log, senders, troubles
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Attempt, Delivery
from integrations.managed.kind import Kind
from integrations.managed.models import ManagedHook
from mattermost_hooks import errors
from mattermost_hooks.records import is_id

STATES = (PENDING, DELIVERED, FAILED)


@dataclass(frozen=True)
class Whole:
    """A delivery with all of its attempts, oldest first; `may_read` says if bodies may be shown."""

    hook: ManagedHook
    delivery: Delivery
    attempts: list[Attempt]
    may_read: bool


def of_hook(
    *,
    actor: User,
    kind: Kind[Any],
    hook: ManagedHook,
    before: str = "",
    status: str = "",
    limit: int,
) -> list[Delivery]:
    """The deliveries of a hook, newest first: those older than the delivery `before`, and of that status.

    404 and 403 as for the hook itself; 400 for what is no id or no status.
    """
    _require_managing(actor, kind, hook)
    if before and not is_id(before):
        raise errors.invalid_parameter("before", detail="It is the id of a delivery.")
    if status and status not in STATES:
        raise errors.invalid_parameter("status", detail=f"One of {', '.join(STATES)}.")
    return log.of_owner(hook.id, before=before, status=status, limit=limit)


def one(*, actor: User, kind: Kind[Any], hook: ManagedHook, delivery_id: str) -> Whole:
    """A delivery of a hook; 404 for one of another hook."""
    _require_managing(actor, kind, hook)
    delivery = _of(hook, delivery_id)
    may_read = senders.of(delivery.kind).may_read(actor, delivery)
    return Whole(hook, delivery, list(delivery.attempts.order_by("id")), may_read)


def deliver_again(*, actor: User, kind: Kind[Any], hook: ManagedHook, delivery_id: str) -> Delivery:
    """Start over with a delivery of a hook, whatever came of it."""
    _require_managing(actor, kind, hook)
    delivery = _of(hook, delivery_id)
    deliveries.deliver_again(actor=actor, delivery_id=delivery.id)
    delivery.refresh_from_db()
    return delivery


def deliver_failed_again(*, actor: User, kind: Kind[Any], hook: ManagedHook, since: int) -> int:
    """Start over with all that a hook has given up since then (ms): how many it were, 10 000 at most."""
    _require_managing(actor, kind, hook)
    return deliveries.deliver_failed_again(actor=actor, owner_id=hook.id, since=since)


def switch_on(*, actor: User, kind: Kind[Any], hook: ManagedHook, url: str) -> None:
    """Call an address of a hook again that was switched off because it failed."""
    _require_managing(actor, kind, hook)
    troubles.switch_on(owner_id=hook.id, url=url)


def _require_managing(actor: User, kind: Kind[Any], hook: ManagedHook) -> None:
    kind.require_enabled()
    kind.require_managing(actor, hook)


def _of(hook: ManagedHook, delivery_id: str) -> Delivery:
    found = Delivery.objects.filter(id=delivery_id, owner_id=hook.id).first()
    if found is None:
        raise deliveries.no_such_delivery()
    return found
