"""What people do with deliveries: start over, send elsewhere."""

from django.db.models import F

from mattermost_hooks.database_clock import Now
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from . import nudges
from .endpoints import endpoint_of
from .models import PENDING, Delivery


def deliver_again(*, delivery_id: str) -> None:
    """Start over with a delivery, whatever came of it: somebody's wish, due at once.

    A worker that is at it this moment loses its claim, so its answer is not taken. 404 for an unknown id.
    """
    changed = Delivery.objects.filter(id=delivery_id).update(
        status=PENDING,
        attempt_count=0,
        claim=F("claim") + 1,
        due_at=Now(),
        update_at=now_ms(),
        note="Started over by an administrator.",
    )
    if not changed:
        raise AppError("app.delivery.get.app_error", "Unable to find the delivery.", status=404)
    nudges.nudge([delivery_id])


def send_elsewhere(*, owner_id: str, url: str, instead_of: str) -> None:
    """Send what an owner still has for one URL to another one."""
    waiting = Delivery.objects.filter(owner_id=owner_id, status=PENDING, url=instead_of)
    waiting.update(url=url, endpoint=endpoint_of(url))
