"""The settings as they are declared."""

import dataclasses

import pytest

from mattermost_hooks.console import sections
from mattermost_hooks.console.admin import PAGES
from mattermost_hooks.console.config import declared

SETTINGS = [
    pytest.param(field, id=f"{section}.{field.name}")
    for section, fields in declared().items()
    for field in fields.values()
]


@pytest.mark.parametrize("field", SETTINGS)
def test_every_setting_has_a_label_help_and_a_page(field: dataclasses.Field[object]) -> None:
    assert field.metadata["label"]
    assert field.metadata["help"].endswith(".")
    assert field.metadata["group"] in {page.title for page in PAGES}


@pytest.mark.parametrize("field", SETTINGS)
def test_every_number_has_a_range_that_holds_its_default(field: dataclasses.Field[int]) -> None:
    if field.type is int:
        low, high = field.metadata["range"]
        assert low <= field.default <= high


@pytest.mark.parametrize(
    "address",
    ["", "https://chat.example.com", "http://10.0.0.1:8065/chat", "http://[::1]:8065", "http://x/"],
)
def test_a_web_address_can_be_the_site_url(address: str) -> None:
    assert sections.problem_with_site_url(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "chat.example.com",
        "ftp://chat.example.com",
        "https://",
        "https://:8065",
        "http://[::1",
        "http://host:99999",
        "http://host:port",
        "https://chat.example.com?team=1",
        "https://chat.example.com/#top",
        "https://me:secret@chat.example.com",
        "https://chat example.com",
        "javascript:alert(1)",
    ],
)
def test_anything_else_cannot(address: str) -> None:
    assert sections.problem_with_site_url(address)


@pytest.mark.parametrize("entries", ["", "localhost", "10.0.0.0/8, 192.168.1.7 fd00::/8"])
def test_hosts_addresses_and_networks_can_be_allowed(entries: str) -> None:
    assert sections.problem_with_connections(entries) is None


def test_a_broken_network_is_named() -> None:
    assert "10.0.0.0/99" in (sections.problem_with_connections("localhost 10.0.0.0/99") or "")
