"""Nothing inside is connected to, whatever a URL, a name server or a redirect says.

What counts is judged where it matters: at the socket's connect(), which is watched here, with a name server of
our own. The networks are those of IANA's registries of special-purpose addresses that are not globally
reachable (IPv4 and IPv6, RFC 6890), multicast (RFC 5771, RFC 4291, 2.7), what wraps IPv4 addresses (RFC 3056,
4291, 4380, 6052, 8215) and where clouds tell machines their secrets.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.outbound import connections, outbound
from integrations.outbound.reply import OutboundError
from tests.receiver import OK

pytestmark = pytest.mark.usefixtures("outbound_settings")

# First and last address of each network, and one within.
NETWORKS = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/128", "::1/128", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96"),
    *("64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:1::/32", "2001:2::/48"),
    *("2001:10::/28", "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
    *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]
CLOUDS = {
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data.ec2.internal": ["169.254.169.254", "fd00:ec2::254"],
    "ecs.test": ["169.254.170.2"],
    "azure.test": ["168.63.129.16"],
    "alibaba.test": ["100.100.100.200"],
    "oracle.test": ["192.0.0.192"],
}
NAMES = {
    "loopback.test": ["127.0.0.1", "::1"],
    "everybody.test": ["0.0.0.0", "::"],
    "mapped.test": ["::ffff:127.0.0.1", "::ffff:a9fe:a9fe"],
    "wrapped.test": ["64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "2001:0:a9fe:a9fe::"],
    "zone.test": ["fe80::1%1"],
    "many.test": [f"10.0.{high}.{low}" for high in range(4) for low in range(250)],
}
# Every spelling of 127.0.0.1, 169.254.169.254 and ::1 that some parser reads as that.
SPELLINGS = [
    *("127.1", "127.0.1", "0177.0.0.1", "0x7f.1", "0x7f.0x0.0x0.0x1", "0X7F000001", "2130706433"),
    *("017700000001", "00000177.1", "127.000.000.001", "0", "0.0", "0x0", "00000"),
    *("2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.16689662"),
    *("0xa9.0xfe.0xa9.0xfe", "025177524776", "4294967295", "0xffffffff", "3232235777"),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::0001]", "[::]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]"),
    *("[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[::ffff:a9fe:a9fe]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::1]"),
    *("[fe80::1]", "[fd00:ec2::254]", "[ff02::1]", "[fec0::1]", "[fe80::1%25lo]", "[::1%25lo]"),
    *("127.0.0.1.", "127.1.", "localhost", "LOCALHOST", "localhost.", "localhost.localdomain"),
    *("%31%32%37.0.0.1", "%6cocalhost", "127%2e0%2e0%2e1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"),
    *("①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1"),
    *("425.510.425.510", "127.0.0.1%00.test", "[::1].test", "[127.0.0.1]", "[v1.127.0.0.1]"),
]
# URLs in which one parser sees another host than the next.
CONFUSIONS = [
    *("http://public.test@127.0.0.1/", "http://public.test:80@127.0.0.1/", "http://a:b@127.1/"),
    *("http://public.test%40127.0.0.1/", "http://127.0.0.1#@public.test/", "http://127.0.0.1?@a/"),
    *("http://127.0.0.1\\@public.test/", "http://public.test\\@127.0.0.1/", "http://127.0.0.1\\a/"),
    *("http://public.test@127.0.0.1@public.test/", "http://127.0.0.1;public.test/"),
    *("http://127.0.0.1:80\\@public.test:80/", "http:////127.0.0.1/", "http:/127.0.0.1/"),
    *("http:127.0.0.1/", "http://127.0.0.1 public.test/", "http://127.0.0.1\tpublic.test/"),
    *("http://127.0.0.1\r\nHost: public.test/", "http://127.0.0.1\n.public.test/"),
    *(
        "http://127.0.0.1\x00.public.test/",
        "http://[::1]@public.test:x/",
        "http://[::1]public.test/",
    ),
    *("https://127.0.0.1/", "https://[::1]/", "http://127.0.0.1:22/", "http://127.0.0.1:25/"),
    *("http://127.0.0.1:6379/", "http://localhost:5432/", "http://[::ffff:7f00:1]:11211/"),
    *("file:///etc/passwd", "file://127.0.0.1/etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL"),
    *("ftp://127.0.0.1/", "dict://127.0.0.1:11211/stats", "ldap://127.0.0.1/", "jar:http://a/!/"),
    *("unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun%2Fdocker.sock/", "data:,x"),
    *("//127.0.0.1/", "HTTP://127.0.0.1/", "Http://127.0.0.1/", " http://127.0.0.1/", "127.0.0.1"),
]
PUBLIC = {
    "public.test": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
    "bücher.test": ["151.101.1.140"],
    "edge.test": ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
    "edges.test": ["128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"],
    "next.test": [
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
    ],
    # Listed by IANA, but globally reachable: AS112 (RFC 7535, 7534), AMT (RFC 7450).
    "special.test": ["192.31.196.1", "192.52.193.1", "192.175.48.1", "2620:4f:8000::1"],
    "six.test": [
        "2000::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2a00:1450::1",
        "3ffe::1",
    ],
}
PUBLIC_HOSTS = ["1.1.1.1", "8.8.8.8", "[2606:4700::1111]", "134744072", "0x08080808", "8.8.2056"]


@pytest.fixture(autouse=True)
def connected_to(monkeypatch: pytest.MonkeyPatch, outbound_settings: Any) -> list[str]:
    """The addresses that connect() was called with; nothing is listed as allowed, and nobody answers."""
    attempts: list[str] = []

    def refuse(_: socket.socket, address: tuple[Any, ...]) -> None:
        attempts.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(connections._Socket, "connect", refuse)
    outbound_settings()
    return attempts


Zone = Callable[[str], list[str]]


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Callable[[Zone], None]:
    """`name_server(zone)`: names have the addresses that the zone has for them at that moment."""
    real = socket.getaddrinfo

    def use(zone: Zone) -> None:
        def getaddrinfo(host: str, port: int, *, flags: int = 0, **more: Any) -> list[Any]:
            if flags & socket.AI_NUMERICHOST or host.rstrip(".").startswith("localhost"):
                return real(host, port, flags=flags, **more)
            found = [real(address, port, **more) for address in zone(host)]
            if not found:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return [answer for answers in found for answer in answers]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return use


@pytest.fixture(autouse=True)
def _names(name_server: Callable[[Zone], None]) -> None:
    known = NAMES | CLOUDS | {name.encode("idna").decode(): at for name, at in PUBLIC.items()}
    name_server(lambda name: known.get(name.rstrip("."), []))


def ends(url: str, **more: Any) -> OutboundError:
    """How a call ends that nobody answers."""
    with pytest.raises(OutboundError) as caught:
        outbound.call("POST", url, body=b"{}", timeout=20, **more)
    return caught.value


def edges() -> Iterator[str]:
    for text in NETWORKS:
        network = ipaddress.ip_network(text)
        middle = network[network.num_addresses // 3]
        for address in dict.fromkeys((network[0], middle, network[-1])):
            yield f"[{address}]" if address.version == 6 else str(address)


@pytest.mark.parametrize("host", list(edges()))
def test_no_address_of_a_special_network_is_connected_to(
    host: str, connected_to: list[str]
) -> None:
    assert ends(f"http://{host}/").kind == "blocked"
    assert connected_to == []


@pytest.mark.parametrize("name", NAMES | CLOUDS)
@pytest.mark.parametrize("form", ["http://{}/", "https://{}/", "http://{}./", "http://{}:8080/"])
def test_no_name_leads_to_one(name: str, form: str, connected_to: list[str]) -> None:
    assert ends(form.format(name)).kind == "blocked"
    assert connected_to == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_an_address_leads_to_it(host: str, connected_to: list[str]) -> None:
    assert ends(f"http://{host}/").kind in ("blocked", "invalid_url", "unreachable")
    assert connected_to == []


@pytest.mark.parametrize("url", CONFUSIONS)
def test_no_confusing_url_leads_to_one(url: str, connected_to: list[str]) -> None:
    ends(url)
    assert set(connected_to) <= set(PUBLIC["public.test"])


@pytest.mark.parametrize("form", ["http://{}/", "https://{}/", "http://{}.:8080/a?b"])
@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_address_of_a_name_is_connected_to(
    name: str, form: str, connected_to: list[str]
) -> None:
    assert ends(form.format(name)).message == "The receiver does not accept connections."
    assert connected_to == PUBLIC[name]


@pytest.mark.parametrize("host", PUBLIC_HOSTS)
def test_a_public_address_is_connected_to_in_every_spelling(
    host: str, connected_to: list[str]
) -> None:
    assert ends(f"http://{host}/").message == "The receiver does not accept connections."
    assert connected_to[0] in ("1.1.1.1", "8.8.8.8", "2606:4700::1111")


def test_of_a_name_with_both_only_the_public_address_is_connected_to(
    name_server: Callable[[Zone], None], connected_to: list[str]
) -> None:
    name_server(lambda _: ["127.0.0.1", "8.8.8.8", "::1", "169.254.169.254", "2606:4700::1111"])
    ends("http://both.test/")
    assert connected_to == ["8.8.8.8", "2606:4700::1111"]


def test_a_name_that_changes_its_address_leads_nowhere_else(
    name_server: Callable[[Zone], None], connected_to: list[str]
) -> None:
    asked: list[str] = []

    def rebinding(name: str) -> list[str]:
        asked.append(name)
        return ["8.8.8.8"] if len(asked) % 2 else ["127.0.0.1"]

    name_server(rebinding)
    kinds = [ends("http://rebinding.test/").kind for _ in range(6)]
    assert kinds == ["unreachable", "blocked"] * 3
    assert connected_to == ["8.8.8.8"] * 3
    assert len(asked) == 6  # each call asks once: what is judged is what is connected to


def test_an_address_of_this_machine_is_not_connected_to_even_if_it_is_public(
    monkeypatch: pytest.MonkeyPatch,
    name_server: Callable[[Zone], None],
    connected_to: list[str],
) -> None:
    monkeypatch.setattr("integrations.outbound.addresses.RESERVED", ())
    name_server(lambda _: ["127.0.0.1"])
    assert ends("http://this-machine.test/").kind == "blocked"
    assert connected_to == []


def test_an_error_does_not_tell_what_is_listening_inside(serve: Any) -> None:
    open_port = serve().port
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed_port = listener.getsockname()[1]
    answers = {
        str(ends(f"{scheme}://{host}:{port}/"))
        for scheme in ("http", "https")
        for host in ("127.0.0.1", "loopback.test")
        for port in (open_port, closed_port)
    }
    assert len(answers) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest/meta-data/", "//127.0.0.1/", "file:///etc/passwd"]
)
def test_a_redirect_leads_nowhere(
    serve: Any,
    outbound_settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    target: str,
) -> None:
    attempts: list[Any] = []

    def connect(own: socket.socket, address: tuple[Any, ...]) -> None:
        attempts.append(address)
        socket.socket.connect(own, address)

    monkeypatch.setattr(connections._Socket, "connect", connect)
    outbound_settings(AllowedUntrustedInternalConnections="127.0.0.1")
    to = f"HTTP/1.1 {status} Go\r\nLocation: {target}\r\n".encode()
    receiver = serve(OK.replace(b"HTTP/1.1 200 OK\r\n", to))
    assert outbound.call("GET", receiver.url, timeout=20).status == status
    assert attempts == [("127.0.0.1", receiver.port)]


@pytest.mark.parametrize(
    "path", ["/\r\nX: y", "/a\nb", "/\x00", "/ HTTP/1.1\r\nHost: inside.test\r\n\r\nGET /"]
)
def test_a_path_cannot_end_the_request_line(path: str, connected_to: list[str]) -> None:
    assert ends(f"http://public.test{path}").kind == "invalid_url"
    assert connected_to == []
