"""Who is asking, and from where."""

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.sessions.authentication import client_address, source_of


def address(**meta: str) -> str:
    request = RequestFactory().get("/")
    request.META |= meta
    return client_address(request)


@pytest.mark.parametrize(
    ("remote", "wanted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("64:ff9b::c000:207", "192.0.2.7"),
        ("2002:c000:207:1::1", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("", "an unknown address"),
        ("unix", "an unknown address"),
    ],
)
def test_an_address_is_one_of_ipv4_or_a_network_of_ipv6(remote: str, wanted: str) -> None:
    assert address(REMOTE_ADDR=remote) == wanted


def test_what_a_client_says_of_its_address_counts_only_behind_a_proxy(settings: Any) -> None:
    told = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.66, 192.0.2.7"}
    settings.BEHIND_PROXY = False
    assert address(**told) == "10.0.0.1"
    settings.BEHIND_PROXY = True
    assert address(**told) == "192.0.2.7"
    assert address(REMOTE_ADDR="10.0.0.1") == "10.0.0.1"


@pytest.mark.parametrize(
    ("remote", "wanted"),
    [("192.0.2.7", "192.0.2.7"), ("2001:DB8::7", "2001:db8::7"), ("unix", ""), ("", "")],
)
def test_the_source_of_a_request_is_its_whole_address(remote: str, wanted: str) -> None:
    assert source_of({"REMOTE_ADDR": remote}) == wanted
