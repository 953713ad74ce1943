"""What a worker does: takes what is due and attempts it, until it is stopped. The database is the schedule."""

from collections.abc import Callable, Collection, Sequence

from django.conf import settings

from mattermost_hooks import process_cache

from . import attempts, claims, health, senders, wake
from .attempts import Claimed, connected
from .models import Delivery
from .pump import Outbox, Pump
from .slots import Slots


def drain() -> None:
    """Deliver whatever is due, until stop(); returns at once where this process does so already."""
    _pump.run(beside=lambda stopping: wake.listen(_pump.hint, until=stopping))


def stop() -> None:
    """Have drain() return once the calls under way have ended."""
    _pump.stop()


def attempt(*, delivery_id: str) -> None:
    """Try a delivery that is due; anything else is left alone.

    However many workers call this at once, one of them makes the request, and an answer is taken once.
    """
    for claimed in _claim([delivery_id], ()):
        attempts.make(claimed)


@connected()
def _claim(ids: Sequence[str], without: Collection[str]) -> list[Claimed]:
    process_cache.refresh()  # what is claimed now goes by the settings and webhooks of now
    return _with_owners(claims.of_ids(ids, kinds=senders.kinds_on(), without=without))


@connected()
def _claim_due(room: Callable[[str], int], most: int) -> list[Claimed]:
    process_cache.refresh()
    health.add_attempts(attempts.take_counts())
    health.tell_in_flight(_pump.in_flight)
    return _with_owners(claims.due(kinds=senders.kinds_on(), room=room, most=most))


@connected()
def _renew(held: Sequence[Claimed]) -> None:
    claims.renew([one.delivery for one in held])


@connected()
def _release(held: Sequence[Claimed]) -> None:
    claims.release([one.delivery for one in held])


def _with_owners(claimed: Sequence[Delivery]) -> list[Claimed]:
    owners = senders.owners_of(claimed)
    return [Claimed(one, owners.get(one.owner_id)) for one in claimed]


_pump = Pump(
    Outbox(
        claim=_claim,
        claim_due=_claim_due,
        renew=_renew,
        release=_release,
        attempt=attempts.make,
    ),
    Slots(quick=settings.WORKER_THREADS),
)
