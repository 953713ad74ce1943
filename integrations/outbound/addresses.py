"""Which addresses integrations may be called at (specification §3.6).

Everything public, and of the rest what AllowedUntrustedInternalConnections names. What counts is the
address that is connected to, never how a URL spells it; an IPv6 address that leads to an IPv4 address is
inside the networks of both.
"""

import ipaddress
import socket
from dataclasses import dataclass
from functools import cached_property

from mattermost_hooks.ip_forms import Address, plain

from . import names
from .names import Endpoint

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Written out, because ipaddress's is_private and is_global leave several of these out.
RESERVED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a public number, but the inside of every Azure machine
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        # All of IPv6 but 2000::/3: loopback, IPv4-mapped, NAT64, unique local, link-local, multicast.
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001::/23",  # Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 wraps any IPv4 address
        "3fff::/20",
    )
)


@dataclass(frozen=True)
class AllowList:
    """The setting AllowedUntrustedInternalConnections: hosts, addresses and networks."""

    text: str

    def holds_host(self, host: str) -> bool:
        """Is the host listed just as the URL writes it? An address does not cover names that lead to it."""
        return _spelled(host) in self._hosts

    def holds_address(self, address: Address) -> bool:
        """Is the address inside a listed network?"""
        forms = {address, plain(address)}
        return any(form in network for network in self._networks for form in forms)

    @cached_property
    def _entries(self) -> list[str]:
        return self.text.replace(",", " ").split()

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(_spelled(entry) for entry in self._entries)

    @cached_property
    def _networks(self) -> list[Network]:
        return [
            ipaddress.ip_network(entry, strict=False) for entry in self._entries if "/" in entry
        ]


def _spelled(host: str) -> str:
    """One spelling for all of an address; a name in small letters."""
    host = host.strip("[]").lower()
    try:
        return str(plain(ipaddress.ip_address(host)))
    except ValueError:
        return host


def endpoints_of(host: str, port: int, *, allowed: AllowList, seconds: float) -> list[Endpoint]:
    """Resolve the host, once, and keep the addresses that may be connected to: none if all are forbidden.

    OSError if the host has no address, TimeoutError if that is not known within these seconds.
    """
    found = names.resolve(host, port, seconds=seconds)
    if allowed.holds_host(host):
        return found
    return [endpoint for endpoint in found if _may_be_called(endpoint, allowed)]


def lies_inside(endpoint: Endpoint, *, allowed: AllowList) -> bool:
    """May this address be called only because its network is listed?"""
    return allowed.holds_address(ipaddress.ip_address(endpoint.address[0]))


def is_public(address: Address) -> bool:
    """Is this an address of the public internet, outside every reserved network?"""
    return not any(address in network for network in RESERVED)


def _may_be_called(endpoint: Endpoint, allowed: AllowList) -> bool:
    address = ipaddress.ip_address(endpoint.address[0])
    if allowed.holds_address(address):
        return True
    return is_public(address) and not _is_own(endpoint)


def _is_own(endpoint: Endpoint) -> bool:
    """Is this an address of this machine? Only the way to such an address begins at itself."""
    try:
        with socket.socket(endpoint.family, socket.SOCK_DGRAM) as probe:
            probe.connect(endpoint.address)  # looks up the route; a datagram socket sends nothing
            return bool(probe.getsockname()[0] == probe.getpeername()[0])
    except OSError:
        return False  # no way there: connecting will say so
