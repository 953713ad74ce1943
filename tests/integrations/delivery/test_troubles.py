"""Owners hear of addresses that fail for long, and in the end these are switched off."""

from typing import Any

import pytest

from channels_app.posts.models import Post
from integrations.delivery import troubles
from integrations.delivery.models import DELIVERED, FAILED, Delivery, Trouble
from mattermost_hooks.records import now_ms
from tests.deliveries import hook_of

HOUR_MS = troubles.HOUR_MS


def said_to(owner_id: str) -> list[str]:
    """What the server has said to somebody in private, oldest first."""
    said = Post.objects.filter(user__username="system-bot", channel__members__user=owner_id)
    return list(said.order_by("id").values_list("message", flat=True))


def failing_for(due: Delivery, hours: float) -> None:
    """As if its address had failed for so long."""
    Trouble.objects.update(since=now_ms() - round(hours * HOUR_MS), failures=100)
    Delivery.objects.filter(id=due.id).update(status="pending", due_at=0, attempt_count=0)


@pytest.fixture
def due(owed: Any, answers: Any, console: Any) -> Delivery:
    """A delivery that its receiver refuses."""
    answers(status=404)
    made: Delivery = owed()
    return made


def test_the_creator_is_told_once_at_each_step_and_then_it_is_switched_off(
    due: Delivery, after: Any
) -> None:
    owner = hook_of(due).creator_id
    after(due)
    told = []
    for hours in (1, 59, 61, 62, 85, 107, 109, 121):
        failing_for(due, hours)
        after(due)
        told.append(len(said_to(owner)))

    assert told == [0, 0, 1, 1, 2, 2, 3, 4]
    last = said_to(owner)[-1]
    assert "is switched off" in last
    assert "The receiver answered 404." in last


def test_nothing_is_sent_to_an_address_that_is_switched_off(
    due: Delivery, after: Any, httpserver: Any
) -> None:
    after(due)
    failing_for(due, 200)
    after(due)
    failing_for(due, 200)
    called = len(httpserver.log)

    assert after(due).status == FAILED
    assert due.note.startswith("Given up: its address is switched off. All ")
    assert len(httpserver.log) == called
    troubles.switch_on(owner_id=due.owner_id, url=due.url)
    failing_for(due, 0)
    after(due)
    assert len(httpserver.log) == called + 1


def test_a_receiver_that_is_gone_is_switched_off_at_once_and_its_owner_hears_why(
    owed: Any, answers: Any, after: Any
) -> None:
    answers(status=410)
    due = after(owed())

    (said,) = said_to(hook_of(due).creator_id)
    assert "410" in said
    assert troubles.of_owner(due.owner_id)[0].ended_at > 0


def test_the_first_success_ends_a_trouble_and_is_told_to_whoever_heard_of_it(
    due: Delivery, after: Any, httpserver: Any, answers: Any
) -> None:
    after(due)
    failing_for(due, 61)
    after(due)
    httpserver.clear()
    answers()
    failing_for(due, 61)

    assert after(due).status == DELIVERED
    assert troubles.of_owner(due.owner_id) == []
    assert "answers again" in said_to(hook_of(due).creator_id)[-1]


def test_a_few_failures_far_apart_prove_nothing(due: Delivery, after: Any) -> None:
    after(due)
    failing_for(due, 1000)
    Trouble.objects.update(failures=1)
    after(due)

    assert said_to(hook_of(due).creator_id) == []


def test_the_console_may_say_that_nothing_is_ever_switched_off(
    due: Delivery, after: Any, console: Any
) -> None:
    console(
        ServiceSettings__AllowedUntrustedInternalConnections="127.0.0.1 localhost",
        ServiceSettings__OutgoingWebhookDisableAfterHours=0,
    )
    after(due)
    failing_for(due, 10_000)
    after(due)

    assert said_to(hook_of(due).creator_id) == []
