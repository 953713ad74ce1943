"""Which addresses may be called: every reserved network, its neighbours, and the allow-list."""

import ipaddress
from typing import Any

import pytest

from integrations.outbound import addresses
from integrations.outbound.addresses import AllowList

RESERVED = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200"),
    *("100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
    *("64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "100::1", "2001::1", "2001:0:7f00:1::"),
    *("2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1"),
    *("4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%1", "fec0::1"),
    *("ff02::1", "ff0e::1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255"),
    *("172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0"),
    *("198.17.255.255", "198.20.0.0", "223.255.255.255"),
    *("2000::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "2a00:1450::1"),
    *("2620:fe::fe", "3ffe::1"),
]


def found(host: str, allowed: str = "") -> list[str]:
    """The addresses of a host that may be called."""
    endpoints = addresses.endpoints_of(host, 80, allowed=AllowList(allowed), seconds=10)
    return [endpoint.address[0] for endpoint in endpoints]


@pytest.mark.parametrize("text", RESERVED)
def test_reserved_address_is_not_public(text: str) -> None:
    assert not addresses.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_address_outside_the_reserved_networks_is_public(text: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "017700000001", "0"),
        *("localhost", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:ffff:7f00:1"),
    ],
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    assert found(host) == []


def test_only_the_public_ones_among_the_addresses_of_a_name_are_kept(resolve: Any) -> None:
    resolve("10.0.0.5", "8.8.8.8", "::1", "192.168.1.1", "2606:4700::1111")
    assert found("mixed.test") == ["8.8.8.8", "2606:4700::1111"]


def test_an_address_of_this_machine_is_refused_even_if_it_is_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "RESERVED", ())
    assert found("127.0.0.1") == []
    assert found("8.8.8.8") == ["8.8.8.8"]


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("inside.test", "inside.test"),
        ("other.test, Inside.Test", "inside.TEST"),
        (" ,\n10.0.0.5\t", "10.0.0.5"),
        ("10.0.0.0/8", "inside.test"),
        ("192.168.0.0/16,10.0.0.5/32", "inside.test"),
        ("10.9.9.9/8", "inside.test"),
        ("0.0.0.0/0", "10.0.0.5"),
    ],
)
def test_the_allow_list_opens_hosts_addresses_and_networks(
    resolve: Any, allowed: str, host: str
) -> None:
    resolve("10.0.0.5")
    assert found(host, allowed) == ["10.0.0.5"]


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ("", "inside.test"),
        ("10.0.0.5", "inside.test"),  # an address covers the URL that names it, no other name
        ("inside.test", "10.0.0.5"),
        ("inside.test", "inside.test."),
        ("inside.test", "a.inside.test"),
        ("test", "inside.test"),
        ("10.0.0.0/30", "inside.test"),
        ("fd00::/8", "inside.test"),
        ("::/0", "10.0.0.5"),
    ],
)
def test_the_allow_list_opens_nothing_else(resolve: Any, allowed: str, host: str) -> None:
    resolve("10.0.0.5")
    assert found(host, allowed) == []


@pytest.mark.parametrize("allowed", ["::1", "[::1]", "::/64", "::1/128"])
def test_ipv6_may_be_listed_with_or_without_brackets_or_as_a_network(allowed: str) -> None:
    assert found("::1", allowed) == ["::1"]


@pytest.mark.parametrize("allowed", ["127.0.0.0/8", "0.0.0.0/0", "127.0.0.1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "::ffff:127.0.0.1", "0:0:0:0:0:ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::"],
)
def test_an_address_is_inside_the_networks_of_the_address_that_it_leads_to(
    allowed: str, host: str
) -> None:
    assert len(found(host, allowed)) == 1


@pytest.mark.parametrize("allowed", ["10.0.0.0/8", "127.0.0.2", "::1", "fd00::/8"])
@pytest.mark.parametrize("host", ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"])
def test_no_other_address_is_inside(allowed: str, host: str) -> None:
    assert found(host, allowed) == []


def test_one_address_may_be_spelled_in_many_ways() -> None:
    assert found("0:0:0:0:0:0:0:1", "::1") == ["::1"]
    assert found("::1", "[0:0::1]") == ["::1"]


def test_a_name_without_an_address_is_an_os_error() -> None:
    with pytest.raises(OSError, match=r"."):
        found("no-such-name.invalid")
