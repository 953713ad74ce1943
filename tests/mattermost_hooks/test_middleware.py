"""What happens to every request before and after the views."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from mattermost_hooks import process_cache
from mattermost_hooks.console import config
from tests import browsing, make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v4/hooks/outgoing?channel_id=%00",
        "/api/v4/%00",
        "/?before=%00",
        "/?%00=x",
        "/login?next=%00",
        "/admin_console/accounts/user/?id__exact=%00",
        "/admin_console/accounts/user/%00/change/",
    ],
)
def test_a_nul_in_the_address_is_a_refusal(path: str) -> None:
    assert browsing.signed_in(make.admin()).get(path).status_code in (400, 404)


@pytest.mark.parametrize("site_url", ["", "https://chat.example.com/mattermost"])
def test_the_console_is_found_without_the_slash_at_its_end(
    site_url: str, console: Callable[..., None]
) -> None:
    console(ServiceSettings__SiteURL=site_url)
    arrived = browsing.signed_in(make.admin()).get("/admin_console", follow=True)
    assert arrived.status_code == 200
    below = "/mattermost" if site_url else ""
    assert arrived.redirect_chain[0][0] == f"{below}/admin_console/"


def test_the_version_id_changes_with_the_settings_and_is_worthless_without_the_key(
    console: Callable[..., None], settings: Any
) -> None:
    def version_id() -> str:
        return str(Client().get("/api/v4/system/ping").headers["X-Version-Id"])

    before = version_id()
    assert re.fullmatch(r"5\.38\.0\.5\.38\.0\.[0-9a-f]{32}\.false", before)
    console(ServiceSettings__MaxPostSize=4000)
    changed = version_id()
    assert changed != before
    settings.SECRET_KEY = "another"
    process_cache.forget_now(config.SUBJECT)
    assert version_id() not in (before, changed)


def test_a_nul_in_a_form_is_a_400_that_names_the_field() -> None:
    ann = make.user()
    team = make.team(ann, name="gold")
    path = f"/{team.name}/channels/town-square/say"
    answer = browsing.signed_in(ann).post(path, {"message": "a\0b"})
    assert answer.status_code == 400
    assert "message holds a NUL" in browsing.text_of(answer)


def test_a_nul_in_a_payload_is_its_readers_business() -> None:
    ann = make.user()
    hook = make.incoming_hook(make.channel(make.team(ann), ann), ann)
    assert (
        Client().post(f"/hooks/{hook.id}", {"payload": '{"text": "a\\u0000b"}'}).status_code == 200
    )


@pytest.mark.parametrize("path", ["/api/v4/system/ping", "/login"])
def test_too_many_parameters_are_a_400(path: str) -> None:
    answer = Client().get(f"{path}?{'&'.join(['a'] * 1001)}")
    assert answer.status_code == 400
    assert "malformed" in browsing.text_of(answer)


def test_a_refused_call_leaves_no_hook_id_in_the_log(
    console: Callable[..., None], call_hook: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    ann = make.user()
    hook = make.incoming_hook(make.channel(make.team(ann), ann), ann)
    console(ServiceSettings__EnableIncomingWebhooks=False)
    assert call_hook(hook, text="hi").status_code == 501
    assert hook.id not in caplog.text


def test_a_form_from_elsewhere_is_refused_with_a_page_in_words() -> None:
    answer = Client(enforce_csrf_checks=True).post("/login", {"login_id": "a", "password": "b"})
    assert answer.status_code == 403
    assert "reload the page" in browsing.text_of(answer)


def test_a_database_that_is_away_is_a_503_that_asks_to_try_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **more: object) -> None:
        raise OperationalError("no connection")

    ann = make.user()
    hook = make.incoming_hook(make.channel(make.team(ann), ann), ann)
    monkeypatch.setattr("channels_app.posts.posts.create", fail)
    answer = Client().post(f"/hooks/{hook.id}", {"text": "x"}, content_type="application/json")
    assert (answer.status_code, answer.json()["id"]) == (503, "app.database.away.app_error")
    assert int(answer.headers["Retry-After"]) > 0
