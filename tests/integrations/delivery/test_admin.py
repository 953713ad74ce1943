"""The delivery log in the System Console."""

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Attempt, Delivery
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.records import now_ms
from tests import deliveries, make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

BASE = "/admin_console/integrations"


@pytest.fixture
def hook(team: Team, root: User) -> OutgoingWebhook:
    """An outgoing webhook whose receiver has a secret in its URL."""
    urls = ["https://ci.example.com/hook?key=s3cret"]
    return make.outgoing_hook(team, root, callback_urls=urls)


@pytest.fixture
def delivery(hook: OutgoingWebhook, channel: Channel, root: User) -> Delivery:
    """A delivery that was given up after a try."""
    made = deliveries.stored(
        hook,
        make.post(channel, root),
        url=hook.callback_urls[0],
        payload={"text": "trigger happy"},
        status=FAILED,
        attempt_count=1,
        note="given up",
    )
    Attempt.objects.create(
        delivery=made, duration_ms=17, status_code=503, response_start="<script>alert(1)</script>"
    )
    return made


def test_the_log_shows_the_receiver_only_and_what_it_was_sent_for(
    admin: Client, delivery: Delivery, hook: OutgoingWebhook
) -> None:
    listed = text_of(admin.get(f"{BASE}/delivery/"))
    assert "ci.example.com" in listed
    assert str(hook) in listed
    assert "given up" in listed
    assert "s3cret" not in listed


@pytest.mark.parametrize(
    ("status", "shown"), [(FAILED, True), (PENDING, False), (DELIVERED, False)]
)
def test_the_log_is_filtered_by_status(
    admin: Client, delivery: Delivery, status: str, shown: bool
) -> None:
    listed = text_of(admin.get(f"{BASE}/delivery/", {"status": status}))
    assert ("given up" in listed) is shown


def test_a_delivery_shows_its_attempts_as_text_and_no_token(
    admin: Client, delivery: Delivery, hook: OutgoingWebhook
) -> None:
    page = text_of(admin.get(f"{BASE}/delivery/{delivery.id}/change/"))
    assert "17 ms" in page
    assert "503" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)</script>" not in page
    assert "trigger happy" in page
    assert hook.token not in page


def test_the_log_of_one_owner_is_a_link_away(
    admin: Client, delivery: Delivery, hook: OutgoingWebhook, team: Team, root: User
) -> None:
    other = make.outgoing_hook(team, root, display_name="Another")
    deliveries.stored(other, make.post(make.channel(team), root))
    assert f"?owner_id={hook.id}" in text_of(admin.get(f"{BASE}/delivery/"))
    listed = text_of(admin.get(f"{BASE}/delivery/", {"owner_id": hook.id}))
    assert delivery.id in listed
    assert "Another" not in listed


def test_a_delivery_is_only_to_be_looked_at(admin: Client, delivery: Delivery) -> None:
    address = f"{BASE}/delivery/{delivery.id}"
    assert admin.post(f"{address}/change/", {"status": DELIVERED}).status_code == 403
    assert admin.post(f"{address}/delete/", {"post": "yes"}).status_code == 403


def test_a_delivery_is_sent_again(admin: Client, delivery: Delivery) -> None:
    before = now_ms()
    chosen = {"action": "deliver_again", "_selected_action": [delivery.id]}
    answer = admin.post(f"{BASE}/delivery/", chosen, follow=True)
    assert "To be delivered again: 1" in text_of(answer)
    delivery.refresh_from_db()
    assert delivery.status == PENDING
    assert delivery.due_at >= before


def test_failed_deliveries_stand_out_on_the_dashboard(admin: Client, delivery: Delivery) -> None:
    figures = {one.label: one for one in admin.get("/admin_console/").context["figures"]}
    failed = figures["Deliveries failed, last 24 hours"]
    assert (failed.value, failed.alarming) == (1, True)
    assert failed.link == f"{BASE}/delivery/?status=failed"
    assert admin.get(failed.link).status_code == 200
