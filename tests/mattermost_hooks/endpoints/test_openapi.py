"""The description of REST API v4."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from mattermost_hooks.errors import Refusal
from tests.architecture import test_permission_matrix as matrix

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """What the command prints."""
    printed = io.StringIO()
    call_command("openapi", stdout=printed)
    told: dict[str, Any] = json.loads(printed.getvalue())
    return told


def test_the_description_in_docs_is_that_of_the_code(described: dict[str, Any]) -> None:
    stored = json.loads((ROOT / "docs/openapi.json").read_text())
    assert stored == described, "make it anew: manage.py openapi > docs/openapi.json"


def test_every_address_of_rest_stands_in_it(described: dict[str, Any]) -> None:
    asked = {row[0].split("?")[0] for row in matrix.ROWS if " /api/v4/" in row[0]}
    assert len(asked) > 20
    missing = [one for one in asked if not _is_described(one, described["paths"])]
    assert missing == []


def _is_described(asked: str, paths: dict[str, Any]) -> bool:
    method, address = asked.split(" ")
    parts = address.split("/")
    return any(
        method.lower() in methods
        and len(parts) == len(template.split("/"))
        and all(
            a == b or b.startswith("{") for a, b in zip(parts, template.split("/"), strict=True)
        )
        for template, methods in paths.items()
    )


def test_a_limit_that_a_service_checks_is_the_greatest_length_of_the_field(
    described: dict[str, Any],
) -> None:
    channel = described["components"]["schemas"]["ChannelBody"]["properties"]
    assert channel["header"]["maxLength"] == 1024
    request = described["paths"]["/api/v4/channels"]["post"]["requestBody"]
    told = request["content"]["application/json"]["schema"]
    assert told == {"$ref": "#/components/schemas/ChannelBody"}


def test_lists_are_described_as_lists(described: dict[str, Any]) -> None:
    direct = described["paths"]["/api/v4/channels/direct"]["post"]["requestBody"]
    told = direct["content"]["application/json"]["schema"]
    assert told == {"type": "array", "items": {"type": "string"}}


# --- Refusals -----------------------------------------------------------------------------------------


def ids_of(operation: dict[str, Any], status: str) -> list[str]:
    """The ids that a refusal with this status can have."""
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    assert schema["allOf"][0] == {"$ref": "#/components/schemas/ErrorJson"}
    ids: list[str] = schema["allOf"][1]["properties"]["id"]["enum"]
    return ids


@pytest.mark.django_db
def test_every_refusal_has_the_shape_that_is_answered(described: dict[str, Any]) -> None:
    shape = described["components"]["schemas"]["ErrorJson"]
    answered = Client().get("/api/v4/nothing").json()
    assert set(shape["required"]) == set(shape["properties"]) == set(answered)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            told = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert told == {"$ref": "#/components/schemas/ErrorJson"}, f"{method} {path}"


def test_addresses_for_accounts_tell_the_401_and_no_others(described: dict[str, Any]) -> None:
    """Who is let in without a session can still come with a cookie that our pages did not send."""
    open_ones = {
        f"{method} {path}"
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if "401" not in operation["responses"]
    }
    assert open_ones == {"get /api/v4/system/ping"}
    login = described["paths"]["/api/v4/users/login"]["post"]
    assert "api.context.session_expired.app_error" not in ids_of(login, "401")


def test_ids_in_the_address_the_body_and_its_limits_tell_their_400s(
    described: dict[str, Any],
) -> None:
    patch = described["paths"]["/api/v4/channels/{channel_id}/patch"]["put"]
    told = ids_of(patch, "400")
    assert "api.context.invalid_url_param.app_error" in told
    assert "api.context.invalid_body_param.app_error" in told
    assert "model.channel.is_valid.header.app_error" in told
    team = described["paths"]["/api/v4/teams/name/{name}"]["get"]
    assert "400" not in team["responses"]


def test_a_refusal_of_the_service_is_told_with_its_status_and_sentence(
    described: dict[str, Any],
) -> None:
    team = described["paths"]["/api/v4/teams/name/{name}"]["get"]
    assert ids_of(team, "404") == ["app.team.get_by_name.missing.app_error"]
    assert "Unable to find the existing team." in team["responses"]["404"]["description"]
    users = described["paths"]["/api/v4/users"]["post"]
    passwords = [one for one in ids_of(users, "400") if "is_valid.pwd" in one]
    assert len(passwords) == 16


def test_permissions_of_an_address_tell_what_they_refuse_with(described: dict[str, Any]) -> None:
    config = described["paths"]["/api/v4/config"]["get"]
    assert ids_of(config, "401") == ["api.context.session_expired.app_error"]
    assert ids_of(config, "403") == ["api.context.permissions.app_error"]


# What only pages, the console, hooks and the front door refuse with.
BESIDE_THE_API = {
    "api.context.404.app_error",
    "api.unexpected_error.app_error",
    "api.user.update_roles.bot.app_error",
}


def test_whatever_is_declared_is_told_by_some_endpoint(described: dict[str, Any]) -> None:
    told = {
        one
        for methods in described["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
        if status[0] in "45"
        for one in ids_of(operation, status)
    }
    declared = {
        one.id
        for name, module in list(sys.modules.items())
        if name.partition(".")[0]
        in ("mattermost_hooks", "accounts", "channels_app", "integrations")
        for one in list(vars(module).values())
        if type(one) is Refusal
    }
    assert len(declared) > 50
    assert declared - told == BESIDE_THE_API
