"""The Celery application: workers are the hands, the database is the schedule."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mattermost_hooks.settings")

app = Celery("mattermost_hooks")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["integrations.outgoing"])
