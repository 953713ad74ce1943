"""What the workers do for accounts."""

from typing import Any

from celery import shared_task

from mattermost_hooks import pruning

from . import sessions


@shared_task
def prune_sessions(**_: Any) -> None:
    """Delete sessions that ended long ago."""
    pruning.run(sessions.prune, of="sessions")
