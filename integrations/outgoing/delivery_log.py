"""What became of deliveries, for people to read. Nothing here looks at more rows than it shows, however many
there are: each look-up walks the index of hook and id from its end.
"""

from collections.abc import Collection

from django.db.models import OuterRef, QuerySet, Subquery

from .models import Delivery, OutgoingWebhook


def latest_of_each(hooks: Collection[OutgoingWebhook]) -> dict[str, Delivery]:
    """Hook id → the latest delivery of that hook; hooks that never fired are left out."""
    latest = Delivery.objects.filter(hook=OuterRef("id")).order_by("-id").values("id")[:1]
    asked = OutgoingWebhook.objects.filter(id__in=[hook.id for hook in hooks])
    ids = asked.values_list(Subquery(latest), flat=True)
    return {one.hook_id: one for one in _shown().filter(id__in=[id for id in ids if id])}


def most_recent(latest: Collection[Delivery], *, limit: int) -> list[Delivery]:
    """The most recent deliveries, newest first, of the hooks whose latest ones these are."""
    found: list[Delivery] = []
    for newest in sorted(latest, key=lambda one: one.id, reverse=True):
        if len(found) == limit and newest.id < found[-1].id:
            break  # all that this hook and the following ones have is older
        found += _shown().filter(hook=newest.hook_id).order_by("-id")[:limit]
        found = sorted(found, key=lambda one: one.id, reverse=True)[:limit]
    return found


def _shown() -> QuerySet[Delivery]:
    return Delivery.objects.select_related("hook").defer("payload")
