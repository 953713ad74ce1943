"""How workers and the beat are set up."""

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
    assert schedule["sweep"]["schedule"] <= 5
    assert len(schedule) == 3


def test_deliveries_have_a_queue_of_their_own() -> None:
    route = app.amqp.router.route({}, "integrations.outgoing.tasks.deliver")

    assert route["queue"].name == "deliver"
    assert app.conf.task_default_queue == "default"
