"""The delivery log over REST."""

from typing import Any

import pytest

from accounts.people.models import User
from channels_app.membership.models import Team
from integrations.delivery.models import FAILED, PENDING, Attempt, Delivery
from integrations.outgoing.models import OutgoingWebhook
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(hook: OutgoingWebhook) -> str:
    """The address of the log."""
    return f"/hooks/outgoing/{hook.id}/deliveries"


def test_the_log_is_read_page_by_page(api: Any, manager: User, path: str, sent: Any) -> None:
    made = [sent(status=FAILED, note="Given up: no.").id for _ in range(3)][::-1]

    first = api(manager).get(f"{path}?per_page=2&status=failed").json()
    then = api(manager).get(f"{path}?before={first[-1]['id']}").json()

    assert [one["id"] for one in first + then] == made
    assert first[0] | {"id": "", "create_at": 0, "update_at": 0, "cause_id": "", "url": ""} == {
        "id": "",
        "create_at": 0,
        "update_at": 0,
        "due_at": 0,
        "status": "failed",
        "url": "",
        "cause_id": "",
        "attempt_count": 0,
        "note": "Given up: no.",
    }


def test_one_is_shown_whole_with_its_attempts(
    api: Any, manager: User, path: str, sent: Any
) -> None:
    delivery = sent(attempt_count=1)
    Attempt.objects.create(
        delivery=delivery,
        duration_ms=17,
        timings={"name": 2, "first_byte": 15},
        status_code=503,
        error="The receiver answered 503.",
        response_start="busy",
    )

    whole = api(manager).get(f"{path}/{delivery.id}").json()

    assert whole["payload"]["text"] == "the text"
    assert whole["due_at"] == delivery.create_at
    (attempt,) = whole["attempts"]
    assert attempt | {"id": "", "create_at": 0} == {
        "id": "",
        "create_at": 0,
        "duration_ms": 17,
        "timings": {"name": 2, "first_byte": 15},
        "status_code": 503,
        "error": "The receiver answered 503.",
        "response_start": "busy",
    }


def test_what_was_sent_and_answered_is_hidden_from_who_may_not_read_the_channel(
    api: Any, manager: User, path: str, sent: Any, team: Team
) -> None:
    delivery = sent(on=make.channel(team, type="P"))
    Attempt.objects.create(delivery=delivery, response_start="a secret")

    answer = api(manager).get(f"{path}/{delivery.id}")

    assert "the text" not in answer.content.decode()
    assert "a secret" not in answer.content.decode()
    assert answer.json()["payload"] is None


def test_one_or_all_that_failed_are_delivered_again(
    api: Any, manager: User, path: str, sent: Any
) -> None:
    one, others = sent(status=FAILED), [sent(status=FAILED) for _ in range(3)]

    assert api(manager).post(f"{path}/{one.id}").json()["status"] == PENDING
    assert api(manager).post(path, {}).json() == {"started_over": 3}
    assert Delivery.objects.filter(status=PENDING).count() == 1 + len(others)


@pytest.mark.parametrize(("query", "named"), [("?before=x", "before"), ("?status=lost", "status")])
def test_wrong_queries_are_refused_by_name(
    api: Any, manager: User, path: str, query: str, named: str
) -> None:
    answer = api(manager).get(f"{path}{query}")
    assert answer.status_code == 400
    assert named in answer.json()["message"]
