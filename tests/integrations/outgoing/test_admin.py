"""Outgoing webhooks and their deliveries in the System Console."""

from typing import Any

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from integrations.outgoing.models import (
    DELIVERED,
    FAILED,
    JSON,
    PENDING,
    Attempt,
    Delivery,
    OutgoingWebhook,
)
from mattermost_hooks.records import now_ms
from tests import make
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
    made = Delivery.objects.create(
        hook=hook,
        post=make.post(channel, root),
        url=hook.callback_urls[0],
        content_type=JSON,
        payload={"token": hook.token, "text": "trigger happy"},
        status=FAILED,
        attempt_count=1,
        note="given up",
    )
    Attempt.objects.create(
        delivery=made, duration_ms=17, status_code=503, response_start="<script>alert(1)</script>"
    )
    return made


def _outgoing_fields(team: Team, **more: Any) -> dict[str, Any]:
    return {
        "team": team.id,
        "trigger_words": "deploy  rollback",
        "trigger_when": "0",
        "callback_urls": "https://one.example.com/\r\nhttps://two.example.com/\r\n",
        "content_type": JSON,
    } | more


def test_an_outgoing_hook_is_made_without_a_channel(admin: Client, root: User, team: Team) -> None:
    answer = admin.post(f"{BASE}/outgoingwebhook/add/", _outgoing_fields(team))
    assert answer.status_code == 302
    made = OutgoingWebhook.objects.get()
    assert made.trigger_words == ["deploy", "rollback"]
    assert made.callback_urls == ["https://one.example.com/", "https://two.example.com/"]
    assert (made.creator, made.channel) == (root, None)


def test_an_outgoing_hook_needs_words_or_a_channel(admin: Client, team: Team) -> None:
    answer = admin.post(f"{BASE}/outgoingwebhook/add/", _outgoing_fields(team, trigger_words=""))
    errors = answer.context["adminform"].form.errors
    assert errors == {"trigger_words": ["Give trigger words, a channel, or both."]}
    assert not OutgoingWebhook.objects.exists()


def test_what_a_hook_has_of_rest_and_the_form_cannot_say_stays(
    admin: Client, root: User, team: Team
) -> None:
    rare = {"trigger_words": ["a,b", "two words"], "content_type": "text/x-odd"}
    hook = make.outgoing_hook(team, root, **rare)
    page = f"{BASE}/outgoingwebhook/{hook.id}/change/"
    form = admin.get(page).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    shown = {name: "" if value is None else value for name, value in values.items()}
    answer = admin.post(page, shown | {"display_name": "Renamed"})
    assert answer.status_code == 302
    hook.refresh_from_db()
    assert {name: getattr(hook, name) for name in rare} == rare
    assert hook.display_name == "Renamed"


def test_an_outgoing_hook_is_changed_and_keeps_its_token(
    admin: Client, hook: OutgoingWebhook, team: Team
) -> None:
    token = hook.token
    address = f"{BASE}/outgoingwebhook/{hook.id}/change/"
    assert 'value="trigger"' in text_of(admin.get(address))
    admin.post(address, _outgoing_fields(team, display_name="Deployer"))
    hook.refresh_from_db()
    assert (hook.display_name, hook.token) == ("Deployer", token)


def test_lists_hold_neither_tokens_nor_the_receivers_urls(
    admin: Client, hook: OutgoingWebhook
) -> None:
    listed = text_of(admin.get(f"{BASE}/outgoingwebhook/"))
    assert f"{hook.token[:4]}…" in listed
    assert hook.token not in listed
    assert "ci.example.com" in listed
    assert "s3cret" not in listed
    assert hook.token in text_of(admin.get(f"{BASE}/outgoingwebhook/{hook.id}/change/"))


def test_tokens_are_regenerated(admin: Client, hook: OutgoingWebhook) -> None:
    before = hook.token
    chosen = {"action": "regenerate_token", "_selected_action": [hook.id]}
    admin.post(f"{BASE}/outgoingwebhook/", chosen)
    hook.refresh_from_db()
    assert hook.token != before


def test_the_log_shows_the_host_only(admin: Client, delivery: Delivery) -> None:
    listed = text_of(admin.get(f"{BASE}/delivery/"))
    assert "ci.example.com" in listed
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
    admin: Client, delivery: Delivery
) -> None:
    page = text_of(admin.get(f"{BASE}/delivery/{delivery.id}/change/"))
    assert "17 ms" in page
    assert "503" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)</script>" not in page
    assert "trigger happy" in page
    assert delivery.payload["token"] not in page


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
