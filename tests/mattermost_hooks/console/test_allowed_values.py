"""What the values of settings must look like."""

import pytest

from mattermost_hooks.console import allowed_values


@pytest.mark.parametrize(
    "address",
    ["", "https://chat.example.com", "http://10.0.0.1:8065/chat", "http://[::1]:8065", "http://x/"],
)
def test_a_web_address_can_be_the_site_url(address: str) -> None:
    assert allowed_values.problem_with_site_url(address) is None


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
    assert allowed_values.problem_with_site_url(address)


@pytest.mark.parametrize("entries", ["", "localhost", "10.0.0.0/8, 192.168.1.7 fd00::/8"])
def test_hosts_addresses_and_networks_can_be_allowed(entries: str) -> None:
    assert allowed_values.problem_with_connections(entries) is None


def test_a_broken_network_is_named() -> None:
    assert "10.0.0.0/99" in (allowed_values.problem_with_connections("localhost 10.0.0.0/99") or "")
