"""The workers' hands: tasks that carry nothing."""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from mattermost_hooks import pruning

from . import retention, worker


@shared_task
def drain(**_: Any) -> None:
    """Deliver whatever is due, until the worker is stopped; returns at once where that is done already."""
    worker.drain()


@shared_task
def prune_deliveries(**_: Any) -> None:
    """Delete deliveries that were settled long ago."""
    pruning.run(retention.prune, of="deliveries")


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    worker.stop()
