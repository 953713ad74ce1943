"""The description of REST API v4."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

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
