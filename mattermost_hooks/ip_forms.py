"""IPv6 addresses that stand for IPv4 addresses: whoever compares addresses compares those."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network(
    "64:ff9b::/96"
)  # RFC 6052; other prefixes of a network do not tell where the address stands


def ipv4_within(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one (mapped, 6to4 or NAT64) leads to; None for any other address."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def plain(address: Address) -> Address:
    """The IPv4 address within, or the address itself."""
    return ipv4_within(address) or address
