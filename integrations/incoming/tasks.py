"""What the workers do for incoming webhooks: tasks that carry nothing."""

from typing import Any

from celery import shared_task

from mattermost_hooks import pruning

from . import call_log


@shared_task
def prune_calls(**_: Any) -> None:
    """Delete old lines of the log of calls."""
    pruning.run(call_log.prune, of="lines about calls of webhooks")
