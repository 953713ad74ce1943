"""Incoming webhooks in the System Console."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Channel
from integrations.incoming.models import IncomingCall, IncomingWebhook
from tests import make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

BASE = "/admin_console/integrations"


def test_an_incoming_hook_is_made_for_the_administrator(
    admin: Client, root: User, channel: Channel
) -> None:
    fields = {"display_name": "Alerts", "channel": channel.id, "channel_locked": "on"}
    answer = admin.post(f"{BASE}/incomingwebhook/add/", fields)
    assert answer.status_code == 302
    made = IncomingWebhook.objects.get()
    assert (made.user, made.team, made.channel_locked) == (root, channel.team, True)


def test_an_administrator_outside_the_team_is_told_why_the_hook_is_refused(
    admin: Client, root: User, channel: Channel
) -> None:
    root.team_memberships.update(delete_at=1)
    fields = {"display_name": "Alerts", "channel": channel.id}
    answer = text_of(admin.post(f"{BASE}/incomingwebhook/add/", fields))
    assert f"root would own the webhook, and is not in the team {channel.team}." in answer
    assert not IncomingWebhook.objects.exists()


def test_the_services_refusal_stands_above_the_form(
    admin: Client, channel: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__EnableIncomingWebhooks=False)
    fields = {"display_name": "Alerts", "channel": channel.id}
    answer = admin.post(f"{BASE}/incomingwebhook/add/", fields)
    assert "Incoming webhooks have been disabled by the system admin." in text_of(answer)
    assert 'value="Alerts"' in text_of(answer)
    assert not IncomingWebhook.objects.exists()


def test_the_list_masks_ids_and_the_page_shows_the_url(
    admin: Client, root: User, channel: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__SiteURL="https://chat.example.com/")
    made = make.incoming_hook(channel, root)
    listed = text_of(admin.get(f"{BASE}/incomingwebhook/"))
    assert f"/hooks/{made.id[:4]}…" in listed
    assert f"/hooks/{made.id}" not in listed
    own = text_of(admin.get(f"{BASE}/incomingwebhook/{made.id}/change/"))
    assert f"https://chat.example.com/hooks/{made.id}" in own


def test_an_incoming_hook_is_changed_through_its_service(
    admin: Client, root: User, channel: Channel
) -> None:
    made = make.incoming_hook(channel, root, update_at=1)
    fields = {"display_name": "New name", "channel": channel.id, "user": make.user().id}
    admin.post(f"{BASE}/incomingwebhook/{made.id}/change/", fields)
    made.refresh_from_db()
    assert made.display_name == "New name"
    assert made.update_at > 1
    assert made.user == root


def test_a_hook_does_not_move_to_another_team(admin: Client, root: User, channel: Channel) -> None:
    made = make.incoming_hook(channel, root)
    elsewhere = make.channel()
    answer = admin.post(f"{BASE}/incomingwebhook/{made.id}/change/", {"channel": elsewhere.id})
    assert list(answer.context["adminform"].form.errors) == ["channel"]
    made.refresh_from_db()
    assert made.channel == channel


def test_a_deleted_hook_is_marked_and_gone_from_the_list(
    admin: Client, root: User, channel: Channel
) -> None:
    made = make.incoming_hook(channel, root, display_name="Alertmanager")
    admin.post(f"{BASE}/incomingwebhook/{made.id}/delete/", {"post": "yes"}, follow=True)
    assert "Alertmanager" not in text_of(admin.get(f"{BASE}/incomingwebhook/"))
    made.refresh_from_db()
    assert made.delete_at


def test_channels_are_offered_with_their_teams(admin: Client, channel: Channel) -> None:
    query = {
        "app_label": "integrations",
        "model_name": "incomingwebhook",
        "field_name": "channel",
        "term": "alerts",
    }
    offered = admin.get("/admin_console/autocomplete/", query).json()["results"]
    assert offered == [{"id": channel.id, "text": "Operations / Alerts"}]


def test_the_chosen_channel_is_shown_with_its_team(
    admin: Client, root: User, channel: Channel
) -> None:
    made = make.incoming_hook(channel, root)
    page = text_of(admin.get(f"{BASE}/incomingwebhook/{made.id}/change/"))
    assert "Operations / Alerts" in page


def test_the_log_of_calls_is_read_by_hook_and_changed_by_nobody(
    admin: Client, root: User, channel: Channel
) -> None:
    quiet, hook = (make.incoming_hook(channel, root, display_name=name) for name in "QH")
    made = IncomingCall.objects.create(
        hook=hook, status=404, source="203.0.113.7", message="Couldn't find the channel."
    )
    own = text_of(admin.get(f"{BASE}/incomingwebhook/{hook.id}/change/"))
    assert f'href="{BASE}/incomingcall/?hook__id__exact={hook.id}"' in own
    log = f"{BASE}/incomingcall/"
    assert "203.0.113.7" in text_of(admin.get(log, {"hook__id__exact": hook.id}))
    assert "203.0.113.7" not in text_of(admin.get(log, {"hook__id__exact": quiet.id}))
    assert "refused" in text_of(admin.get(f"{log}{made.id}/change/"))
    assert admin.post(f"{log}{made.id}/change/", {"status": 200}).status_code == 403
    assert admin.post(f"{log}{made.id}/delete/", {"post": "yes"}).status_code == 403
    assert admin.get(f"{log}add/").status_code == 403
