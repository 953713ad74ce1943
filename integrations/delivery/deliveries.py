"""What people do with deliveries: start over, send elsewhere."""

from django.db.models import F, QuerySet

from accounts.people.models import User
from mattermost_hooks.database_clock import Now
from mattermost_hooks.errors import Refusal
from mattermost_hooks.records import first_ordered_id, now_ms

from . import nudges
from .endpoints import endpoint_of
from .models import FAILED, PENDING, Delivery

MOST_AT_ONCE = 10_000
MOST_A_SECOND = 50

# One that is not there, or not to be seen.
no_such_delivery = Refusal("app.delivery.get.app_error", "Unable to find the delivery.", status=404)


def deliver_again(*, actor: User, delivery_id: str) -> None:
    """Start over with a delivery, whatever came of it: somebody's wish, due at once.

    A worker that is at it this moment loses its claim, so its answer is not taken. 404 for an unknown id.
    """
    if not _start_over(Delivery.objects.filter(id=delivery_id), actor, after_ms=0):
        raise no_such_delivery()
    nudges.nudge([delivery_id])


def deliver_failed_again(*, actor: User, owner_id: str, since: int) -> int:
    """Start over with all deliveries of an owner that were given up since then (ms), oldest first.

    At most 10 000, and at most 50 fall due in each second; how many it were.
    """
    failed = Delivery.objects.filter(
        owner_id=owner_id, status=FAILED, id__gte=first_ordered_id(max(since, 0))
    )
    ids = list(failed.order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])
    begun = 0
    for second, first in enumerate(range(0, len(ids), MOST_A_SECOND)):
        some = Delivery.objects.filter(id__in=ids[first : first + MOST_A_SECOND], status=FAILED)
        begun += _start_over(some, actor, after_ms=1000 * second)
    return begun


def send_elsewhere(*, owner_id: str, url: str, instead_of: str) -> None:
    """Send what an owner still has for one URL to another one."""
    waiting = Delivery.objects.filter(owner_id=owner_id, status=PENDING, url=instead_of)
    waiting.update(url=url, endpoint=endpoint_of(url))


def _start_over(some: "QuerySet[Delivery]", actor: User, *, after_ms: int) -> int:
    return some.update(
        status=PENDING,
        attempt_count=0,
        claim=F("claim") + 1,
        due_at=Now() + after_ms,
        update_at=now_ms(),
        note=f"Started over by @{actor.username}.",
    )
