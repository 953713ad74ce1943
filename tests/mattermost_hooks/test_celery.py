"""How workers and the beat are set up."""

import subprocess
import sys

import pytest
from celery import shared_task

from mattermost_hooks import process_cache
from mattermost_hooks.celery import app


@shared_task
def _nothing() -> None:
    """A task."""


def test_task_sees_what_changed_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    refreshed: list[bool] = []
    monkeypatch.setattr(process_cache, "refresh", lambda: refreshed.append(True))

    _nothing.apply()

    assert refreshed == [True]


def test_what_is_on_the_schedule_bears_the_name_of_a_task() -> None:
    schedule = app.conf.beat_schedule

    app.loader.import_default_modules()
    assert {entry["task"] for entry in schedule.values()} <= set(app.tasks)
    assert schedule["drain"]["schedule"] <= 5
    assert len(schedule) == 4


def test_deliveries_have_a_queue_of_their_own() -> None:
    route = app.amqp.router.route({}, "integrations.delivery.tasks.drain")

    assert route["queue"].name == "deliver"
    assert app.conf.task_default_queue == "default"


def test_a_worker_that_runs_as_root_says_nothing_of_it() -> None:
    """The warning is about a format that no worker of ours reads."""
    code = (
        "import os; os.getuid = os.geteuid = os.getgid = os.getegid = lambda: 0\n"
        "import mattermost_hooks.celery\n"
        "from celery.platforms import check_privileges\n"
        "check_privileges(['json'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
