"""How deliveries fare as a whole: told to administrators before anybody misses a post."""

from collections import Counter
from typing import Any

import pytest
import redis
from django.test import Client

from accounts.people.models import User
from integrations.delivery import attempts, breaker, claims, health, senders
from integrations.delivery.models import FAILED, Delivery
from mattermost_hooks import redis_link
from mattermost_hooks.records import now_ms
from tests import make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

MINUTE_MS = 60_000


@pytest.fixture(autouse=True)
def _asked_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ASK_AGAIN_SECONDS", 0.0)


def waiting_for(due: Delivery, milliseconds: int) -> None:
    """As if it was written so long ago."""
    Delivery.objects.filter(id=due.id).update(create_at=now_ms() - milliseconds)


def test_what_is_new_is_due_since_it_was_written(owed: Any) -> None:
    due = owed()
    waiting_for(due, 2 * MINUTE_MS)

    assert 2 * MINUTE_MS <= health.now().oldest_due_ms < 3 * MINUTE_MS
    assert (health.now().waiting, health.status()) == (1, "LATE")


def test_what_is_tried_again_later_or_settled_or_claimed_is_not_late(owed: Any) -> None:
    for fields in ({"due_at": now_ms() + MINUTE_MS}, {"status": FAILED}, {}):
        waiting_for(owed(**fields), 5 * MINUTE_MS)
    claims.due(kinds=senders.kinds_on(), room=lambda _: 8, most=8)

    assert (health.now().oldest_due_ms, health.status()) == (0, "OK")


def test_what_waits_for_a_receiver_that_rests_or_is_held_is_not_late(
    owed: Any, console: Any
) -> None:
    due = owed()
    waiting_for(due, 5 * MINUTE_MS)
    for _ in range(10):
        breaker.note_failure(endpoint=due.endpoint, began=now_ms())
    assert health.status() == "OK"
    assert (health.now().failing, health.now().resting) == (1, 1)

    breaker.note_answer(endpoint=due.endpoint)
    assert health.status() == "LATE"
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    assert health.status() == "OK"


def test_the_ping_and_the_dashboard_say_so(owed: Any, client: Client, admin: Client) -> None:
    ping = "/api/v4/system/ping?get_server_status=true"
    assert client.get(ping).json()["delivery_status"] == "OK"
    waiting_for(owed(), 5 * MINUTE_MS)

    answer = client.get(ping)
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["delivery_status"]) == ("OK", "LATE")
    figures = {one.label: one for one in admin.get("/admin_console/").context["figures"]}
    late = figures["Due for more than a minute, taken by no worker"]
    assert late.alarming
    assert late.value.startswith("for 30")


def test_prometheus_gets_all_of_it(owed: Any, api: Any, root: User, monkeypatch: Any) -> None:
    waiting_for(owed(), 2 * MINUTE_MS)
    breaker.note_failure(endpoint="http://dead:80", began=now_ms())
    health.add_attempts(Counter(delivered=2))
    health.add_attempts(Counter(delivered=1, failed=4))
    monkeypatch.setattr(health, "in_flight", lambda: 7)

    client = Client(headers={"Authorization": f"Bearer {make.session(root).token}"})
    said = text_of(client.get("/metrics"))

    assert "mattermost_hooks_deliveries_waiting 1.0\n" in said
    assert "mattermost_hooks_deliveries_due_lag_seconds 12" in said
    assert 'mattermost_hooks_receivers{state="half_open"} 1.0\n' in said
    assert 'mattermost_hooks_delivery_attempts_total{outcome="delivered"} 3.0\n' in said
    assert 'mattermost_hooks_delivery_attempts_total{outcome="failed"} 4.0\n' in said
    assert "mattermost_hooks_deliveries_in_flight 7.0\n" in said


def test_without_redis_the_number_of_calls_under_way_is_left_out(
    root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = redis.Redis(port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(redis_link, "connection", away)
    monkeypatch.setattr(redis_link, "_ask_again_at", 0.0)
    client = Client(headers={"Authorization": f"Bearer {make.session(root).token}"})

    said = text_of(client.get("/metrics"))

    assert "in_flight" not in said
    assert "deliveries_waiting" in said


@pytest.mark.servers
def test_calls_under_way_are_told_through_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    redis_link.connection.delete(health.IN_FLIGHT)
    health.tell_in_flight(3)
    monkeypatch.setattr(health, "_worker", "another")
    health.tell_in_flight(4)

    assert health.in_flight() == 7
    monkeypatch.setattr(health, "FRESH_SECONDS", -1.0)
    assert health.in_flight() == 0


def test_attempts_are_counted_by_what_they_came_to(owed: Any, answers: Any, after: Any) -> None:

    attempts.take_counts()
    answers(status=404)
    after(owed())

    assert attempts.take_counts() == Counter(refused=1)
    assert attempts.take_counts() == Counter()
