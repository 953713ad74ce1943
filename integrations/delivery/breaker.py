"""Who fails several times in a row is left alone for longer and longer, by all workers alike."""

from django.db.models import F
from django.db.models.functions import Greatest

from mattermost_hooks.database_clock import Now
from mattermost_hooks.records import now_ms

from .models import Endpoint

FAILURES_BEFORE_REST = 3
LONGEST_REST_SECONDS = 60.0


def note_failure(*, endpoint: str, began: int, retry_after: int = 0) -> None:
    """Note that a call failed that began at that time (ms); it asked to be left alone for so many seconds.

    Calls that were under way together fail together, which is one failure.
    """
    now = now_ms()
    Endpoint.objects.get_or_create(
        name=endpoint, defaults={"failing_since": now, "failed_at": 0, "rests_until": 0}
    )
    row = Endpoint.objects.filter(name=endpoint)
    row.filter(failed_at__lte=began).update(failures=F("failures") + 1, failed_at=now)
    failures = row.values_list("failures", flat=True).first() or 0
    rest_ms = round(1000 * max(rest_after(failures), retry_after))
    row.update(rests_until=Greatest(F("rests_until"), Now() + rest_ms))


def note_answer(*, endpoint: str) -> None:
    """Note that a receiver that had failed answers again."""
    Endpoint.objects.filter(name=endpoint).delete()


def rest_after(failures: int) -> float:
    """Seconds that a receiver rests after so many failures in a row: none at first, a minute at most."""
    beyond = failures - FAILURES_BEFORE_REST
    return 0.0 if beyond < 0 else min(2.0 ** min(beyond, 6), LONGEST_REST_SECONDS)
