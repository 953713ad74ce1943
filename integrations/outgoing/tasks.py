"""The workers' hands: tasks that carry nothing but ids."""

from typing import Any

from celery import shared_task

from mattermost_hooks import pruning

from . import delivery


@shared_task
def deliver(*, delivery_id: str, **_: Any) -> None:
    """Try one delivery."""
    delivery.attempt(delivery_id=delivery_id)


@shared_task
def sweep(**_: Any) -> None:
    """Call for what is due: retries, lost messages and what a dead worker left are all the same here."""
    for delivery_id in delivery.due():
        deliver.delay(delivery_id=delivery_id)


@shared_task
def prune_deliveries(**_: Any) -> None:
    """Delete deliveries that were settled long ago."""
    pruning.run(delivery.prune, of="deliveries")
