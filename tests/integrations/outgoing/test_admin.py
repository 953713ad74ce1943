"""Outgoing webhooks in the System Console."""

from typing import Any

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Team
from integrations.delivery import signing_secrets
from integrations.outgoing.models import JSON, OutgoingWebhook
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


def test_signing_secrets_are_regenerated_and_stand_on_the_hooks_own_page(
    admin: Client, hook: OutgoingWebhook
) -> None:
    chosen = {"action": "regenerate_signing_secret", "_selected_action": [hook.id]}
    answer = admin.post(f"{BASE}/outgoingwebhook/", chosen, follow=True)
    assert "New signing secrets: 1" in text_of(answer)
    assert "whsec_" not in text_of(answer)
    hook.refresh_from_db()
    new, before = signing_secrets.valid(hook.sealed_secrets, now=now_ms())
    page = text_of(admin.get(f"{BASE}/outgoingwebhook/{hook.id}/change/"))
    assert new.text in page
    assert before.text not in page


def test_a_signing_secret_that_cannot_be_opened_is_told(
    admin: Client, hook: OutgoingWebhook
) -> None:
    OutgoingWebhook.objects.update(sealed_secrets="lost")
    page = text_of(admin.get(f"{BASE}/outgoingwebhook/{hook.id}/change/"))
    assert "It cannot be opened" in page
