"""Old deliveries go."""

from collections.abc import Callable
from typing import Any

from integrations.delivery import retention
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Attempt, Delivery
from mattermost_hooks.records import first_ordered_id, new_id, now_ms


def test_settled_deliveries_go_with_their_attempts_when_they_are_old(
    owed: Any, console: Callable[..., None]
) -> None:
    console(DataRetentionSettings__DeliveryRetentionDays=30)
    long_ago = now_ms() - 31 * retention.DAY_MS

    def made(at: int, status: str) -> Delivery:
        one = owed(id=f"{first_ordered_id(at)[:20]}{new_id()[:6]}", status=status)
        Attempt.objects.create(delivery=one)
        return Delivery.objects.get(id=one.id)

    old = [made(long_ago + number, status) for number, status in enumerate((DELIVERED, FAILED))]
    kept = [made(long_ago, PENDING), made(now_ms() - retention.DAY_MS, DELIVERED)]

    assert retention.prune(most=1) == 1
    assert not Delivery.objects.filter(id=old[0].id).exists()
    assert retention.prune(most=10) == 1
    assert set(Delivery.objects.all()) == set(kept)
    assert Attempt.objects.count() == 2
