"""What became of deliveries, for people to read. Nothing here looks at more rows than it shows, however many
there are: each look-up walks the index of owner and id from its end.
"""

from collections.abc import Collection

from django.db.models import Model, OuterRef, QuerySet, Subquery

from .models import Attempt, Delivery

# Far more than an owner has URLs; others are between them only if they were made in the same moment.
MOST_FOLLOWING = 1_000


def latest_of_each(model: type[Model], owner_ids: Collection[str]) -> dict[str, Delivery]:
    """Owner id → the latest delivery of that owner, a row of `model`; those that never sent are left out."""
    owners = model._default_manager.filter(id__in=owner_ids)
    latest = Delivery.objects.filter(owner_id=OuterRef("id")).order_by("-id").values("id")[:1]
    ids = [id for id in owners.values_list(Subquery(latest), flat=True) if id]
    return {one.owner_id: one for one in _shown().filter(id__in=ids)}


def most_recent(latest: Collection[Delivery], *, limit: int) -> list[Delivery]:
    """The most recent deliveries, newest first, of the owners whose latest ones these are."""
    found: list[Delivery] = []
    for newest in sorted(latest, key=lambda one: one.id, reverse=True):
        if len(found) == limit and newest.id < found[-1].id:
            break  # all that this owner and the following ones have is older
        found += of_owner(newest.owner_id, limit=limit)
        found = sorted(found, key=lambda one: one.id, reverse=True)[:limit]
    return found


def of_owner(owner_id: str, *, limit: int, before: str = "", status: str = "") -> list[Delivery]:
    """The deliveries of an owner, newest first, that are older than `before` and stand so."""
    found = _shown().filter(owner_id=owner_id)
    if before:
        found = found.filter(id__lt=before)
    if status:
        found = found.filter(status=status)
    return list(found.order_by("-id")[:limit])


def of_cause(owner_id: str, cause_id: str) -> list[Delivery]:
    """What an owner has or had to deliver of a cause, oldest first.

    They were made right after it, so they are among the owner's that follow it.
    """
    following = Delivery.objects.filter(owner_id=owner_id, id__gt=cause_id).order_by("id")
    ids = following.values("id")[:MOST_FOLLOWING]
    return list(_shown().filter(id__in=Subquery(ids), cause_id=cause_id).order_by("id"))


def parts_in_words(attempt: Attempt) -> str:
    """How long each part of a call took, such as "name 2 ms, connect 11 ms"; empty if nothing is known."""
    words = {
        "name": "name",
        "connect": "connect",
        "tls": "TLS",
        "first_byte": "first byte",
        "body": "body",
    }
    return ", ".join(
        f"{word} {attempt.timings[part]} ms"
        for part, word in words.items()
        if part in attempt.timings
    )


def _shown() -> QuerySet[Delivery]:
    return Delivery.objects.defer("payload")
