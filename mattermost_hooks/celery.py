"""The Celery application: workers are the hands, the database is the schedule."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.signals import task_prerun

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mattermost_hooks.settings")

DRAIN_SECONDS = 2.0
PRUNE_SECONDS = 600.0

# It warns of workers that run as root because of pickle, which ours do not read; a container runs as root.
warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")

app = Celery("mattermost_hooks")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["accounts.sessions", "integrations.delivery", "integrations.incoming"])
app.conf.task_routes = {"integrations.delivery.tasks.drain": {"queue": "deliver"}}
app.conf.beat_schedule = {
    "drain": {
        "task": "integrations.delivery.tasks.drain",
        "schedule": DRAIN_SECONDS,
        # While no worker takes them, the calls lapse instead of piling up.
        "options": {"expires": 2 * DRAIN_SECONDS},
    },
    **{
        task: {"task": task, "schedule": PRUNE_SECONDS, "options": {"expires": PRUNE_SECONDS}}
        for task in (
            "accounts.sessions.tasks.prune_sessions",
            "integrations.delivery.tasks.prune_deliveries",
            "integrations.incoming.tasks.prune_calls",
        )
    },
}


@task_prerun.connect
def forget_what_changed(**_: Any) -> None:
    """A task sees the settings and hooks of now, like a request does."""
    from . import process_cache  # this module is loaded before the settings are

    process_cache.refresh()
