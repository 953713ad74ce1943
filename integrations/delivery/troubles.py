"""URLs that have answered nothing but failures for long: the owner is told, in the end they are switched off.

A receiver that says that it is gone for good is switched off at once.
"""

from typing import Any

from django.db import transaction

from mattermost_hooks.console.config import get_config
from mattermost_hooks.records import now_ms

from . import senders
from .models import Delivery, Trouble
from .retries import Outcome

HOUR_MS = 60 * 60 * 1000
# Percentages of the way to being switched off at which the owner is told.
STEPS = (50, 70, 90, 100)
# Fewer failures prove nothing, however far apart they are.
LEAST_FAILURES = 10


def note_failure(delivery: Delivery, owner: Any, outcome: Outcome) -> None:
    """Note that a call failed, and tell the owner if a step is reached by it."""
    with transaction.atomic():
        of_url = Trouble.objects.select_for_update()
        trouble, _ = of_url.get_or_create(
            owner_id=delivery.owner_id,
            url=delivery.url,
            defaults={"kind": delivery.kind, "since": now_ms()},
        )
        if trouble.ended_at:
            return
        trouble.failures += 1
        step = 100 if outcome.is_gone else _step(trouble)
        told = trouble.told
        trouble.told = max(told, step)
        if step == 100:
            trouble.ended_at, trouble.reason = now_ms(), _reason(trouble, outcome)
        trouble.save(update_fields=["failures", "told", "ended_at", "reason"])
        if step > told:
            senders.of(delivery.kind).tell_owner(owner, _words(trouble, outcome))


def note_success(delivery: Delivery, owner: Any) -> None:
    """Note that a URL that had failed works; its owner hears so if it was told of the trouble."""
    with transaction.atomic():
        found = Trouble.objects.select_for_update().filter(
            owner_id=delivery.owner_id, url=delivery.url
        )
        if (trouble := found.first()) is None:
            return
        found.delete()
        if trouble.told:
            senders.of(delivery.kind).tell_owner(
                owner, f"{delivery.url} answers again: what waits for it is being delivered."
            )


def why_off(delivery: Delivery) -> str:
    """Why its URL is switched off for its owner, as half a sentence; "" if it is not."""
    ended = Trouble.objects.filter(owner_id=delivery.owner_id, url=delivery.url, ended_at__gt=0)
    trouble = ended.first()
    return f"its address is switched off. {trouble.reason}" if trouble else ""


def of_owner(owner_id: str) -> list[Trouble]:
    """The URLs of an owner that fail, or were switched off for that."""
    return list(Trouble.objects.filter(owner_id=owner_id).order_by("since", "id"))


def switch_on(*, owner_id: str, url: str) -> None:
    """Call this URL again, as if it had never failed."""
    Trouble.objects.filter(owner_id=owner_id, url=url).delete()


def _step(trouble: Trouble) -> int:
    """The last step that is reached; 0 for none."""
    hours = get_config().ServiceSettings.OutgoingWebhookDisableAfterHours
    if not hours or trouble.failures < LEAST_FAILURES:
        return 0
    percentage = 100 * (now_ms() - trouble.since) / (hours * HOUR_MS)
    return max((step for step in STEPS if step <= percentage), default=0)


def _reason(trouble: Trouble, outcome: Outcome) -> str:
    if outcome.is_gone:
        return "It answered 410, which says that it is gone for good."
    hours = round((now_ms() - trouble.since) / HOUR_MS)
    return f"All {trouble.failures} calls of {hours} hours failed, the last one so: {outcome.note}"


def _words(trouble: Trouble, outcome: Outcome) -> str:
    if trouble.ended_at:
        return (
            f"{trouble.url} is switched off. {trouble.reason} "
            "You can switch it on again on the page of the webhook."
        )
    hours = round((now_ms() - trouble.since) / HOUR_MS)
    return (
        f"All calls to {trouble.url} have failed for {hours} hours, {trouble.failures} so far, the last one "
        f"so: {outcome.note} That is {trouble.told} % of the time after which it is switched off."
    )
