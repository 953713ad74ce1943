"""The settings over REST, and the ping."""

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from mattermost_hooks.console import config
from mattermost_hooks.console.models import Setting
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(api: Any) -> Any:
    """REST as an administrator."""
    return api(make.admin())


def test_the_config_is_whole_and_in_mattermosts_names(admin: Any) -> None:
    answer = admin.get("/config")
    assert answer.status_code == 200
    assert answer.json()["ServiceSettings"]["EnableIncomingWebhooks"] is True
    assert answer.json() == config.as_json(config.get_config())


@pytest.mark.parametrize("method", ["get", "put"])
def test_visitors_are_asked_to_sign_in(api: Any, method: str) -> None:
    answer = getattr(api(), method)("/config")
    assert answer.status_code == 401
    assert answer.json()["id"] == "api.context.session_expired.app_error"


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("put", ""), ("put", "/patch")])
def test_people_are_refused(api: Any, method: str, path: str) -> None:
    answer = getattr(api(make.user()), method)(f"/config{path}")
    assert answer.status_code == 403
    assert answer.json()["id"] == "api.context.permissions.app_error"


def test_a_patch_changes_what_it_names_and_answers_with_everything(admin: Any) -> None:
    admin.put("/config/patch", {"PasswordSettings": {"Symbol": False}})
    answer = admin.put("/config/patch", {"TeamSettings": {"SiteName": "Bridge"}})
    assert answer.status_code == 200
    assert answer.json()["TeamSettings"]["SiteName"] == "Bridge"
    assert answer.json()["PasswordSettings"]["Symbol"] is False


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"TeamSettings": None},
        {"TeamSettings": {"SiteName": None}},
        {"TeamSettings": {"Unknown": 1}},
        {"PluginSettings": {"Enable": True}},
        {"PluginSettings": "what we do not know may be anything"},
    ],
)
def test_nulls_and_unknown_names_change_nothing(admin: Any, body: object) -> None:
    admin.put("/config/patch", {"TeamSettings": {"SiteName": "Bridge"}})
    answer = admin.put("/config/patch", body)
    assert answer.status_code == 200
    assert answer.json()["TeamSettings"]["SiteName"] == "Bridge"


def test_a_whole_config_puts_what_it_leaves_out_back_to_the_default(admin: Any) -> None:
    admin.put("/config/patch", {"TeamSettings": {"SiteName": "Bridge"}})
    answer = admin.put("/config", {"PasswordSettings": {"Symbol": False}})
    assert answer.status_code == 200
    assert answer.json()["TeamSettings"]["SiteName"] == "Mattermost Hooks"
    assert answer.json()["PasswordSettings"]["Symbol"] is False


def test_the_config_read_and_put_back_is_the_same(admin: Any) -> None:
    admin.put("/config/patch", {"TeamSettings": {"SiteName": "Bridge"}})
    before = admin.get("/config").json()
    assert admin.put("/config", before).json() == before


@pytest.mark.parametrize("path", ["/config", "/config/patch"])
def test_one_wrong_value_and_nothing_changes(admin: Any, path: str) -> None:
    body = {"TeamSettings": {"SiteName": "Bridge"}, "PasswordSettings": {"MinimumLength": 3}}
    answer = admin.put(path, body)
    assert answer.status_code == 400
    assert answer.json()["id"] == "model.config.is_valid.password_length.app_error"
    assert not Setting.objects.exists()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"text"', '{"TeamSettings": 3}', '{"TeamSettings": []}']
)
def test_what_is_no_config_is_refused(admin: Any, body: str) -> None:
    answer = admin.client.put("/api/v4/config/patch", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["id"] == "api.context.invalid_body_param.app_error"
    assert answer.json()["message"] == "Invalid or missing config in request body."


def test_ping_is_open_to_everybody_even_with_a_dead_token() -> None:
    answer = Client(headers={"Authorization": "Bearer nonsense"}).get("/api/v4/system/ping")
    assert (answer.status_code, answer.json()) == (200, {"status": "OK"})


def test_ping_tells_of_database_and_files_when_asked(api: Any) -> None:
    assert api().get("/system/ping", get_server_status="true").json() == {
        "status": "OK",
        "database_status": "OK",
        "filestore_status": "OK",
        "delivery_status": "OK",
    }


def test_ping_fails_when_the_files_cannot_be_written(
    api: Any, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path / "gone"
    answer = api().get("/system/ping", get_server_status="true")
    assert answer.status_code == 500
    assert answer.json() == {
        "status": "UNHEALTHY",
        "database_status": "OK",
        "filestore_status": "UNHEALTHY",
        "delivery_status": "OK",
    }


def test_ping_fails_when_the_database_does_not_answer(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.get_config()  # remembered, as in a server that has been running

    def refuse() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = api().get("/system/ping", get_server_status="true")
    assert answer.status_code == 500
    assert answer.json()["database_status"] == "UNHEALTHY"
