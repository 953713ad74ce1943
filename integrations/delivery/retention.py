"""How long deliveries are kept."""

from mattermost_hooks.console.config import get_config
from mattermost_hooks.records import first_ordered_id, now_ms

from .models import PENDING, Delivery

DAY_MS = 24 * 60 * 60 * 1000


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
