"""What calls learn of their connections: how long each part took, those that died, and proxies."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.outbound import connections, outbound
from integrations.outbound.addresses import AllowList
from integrations.outbound.exchange import Rules
from integrations.outbound.reply import OutboundError, Reply, Timings
from tests import certificates
from tests.receiver import OK, Receiver

pytestmark = pytest.mark.usefixtures("outbound_settings")


def call(url: str, timeout: float = 10) -> Reply:
    """A POST of {}."""
    return outbound.call("POST", url, body=b"{}", timeout=timeout)


def failure(url: str, timeout: float = 10) -> OutboundError:
    """The error that a call ends in."""
    with pytest.raises(OutboundError) as caught:
        call(url, timeout)
    return caught.value


def reached(timings: Timings) -> list[str]:
    """The parts that a call came to."""
    parts = ("name", "connect", "tls", "first_byte", "body")
    return [part for part in parts if getattr(timings, part) is not None]


# --- How long each part took ----------------------------------------------------------------------------


def test_a_fresh_connection_has_its_parts_and_a_kept_one_only_the_answer(serve: Any) -> None:
    url = serve().url
    assert reached(call(url).timings) == ["name", "connect", "first_byte", "body"]
    assert reached(call(url).timings) == ["first_byte", "body"]


def test_tls_is_a_part_of_its_own(
    serve: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, outbound_settings: Any
) -> None:
    outbound_settings(
        AllowedUntrustedInternalConnections="127.0.0.1", EnableInsecureOutgoingConnections=True
    )
    tls = certificates.make(tmp_path / "tls", names="DNS:receiver.test").server_context()
    with pytest.warns(match="Unverified HTTPS request"):
        timings = call(f"https://127.0.0.1:{serve(tls=tls).port}/").timings
    assert reached(timings) == ["name", "connect", "tls", "first_byte", "body"]


def test_time_is_counted_where_it_is_spent(serve: Any) -> None:
    waits: Receiver = serve(lambda _: waits.is_closing.wait())
    timings = failure(waits.url, timeout=0.3).timings
    assert reached(timings) == ["name", "connect", "first_byte"]
    assert timings.first_byte
    assert timings.first_byte >= 250
    drips: Receiver = serve(lambda connection: drips.drip(connection, b"HTTP/1.1 200 OK\r\n\r\n"))
    timings = failure(drips.url, timeout=0.3).timings
    assert reached(timings) == ["name", "connect", "first_byte", "body"]
    assert timings.body
    assert timings.body >= 200


def test_what_was_not_reached_has_no_time(serve: Any, resolve: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert reached(failure(f"http://127.0.0.1:{port}/").timings) == ["name", "connect"]
    plain = serve(lambda connection: connection.close())
    assert reached(failure(f"https://127.0.0.1:{plain.port}/").timings) == [
        *("name", "connect", "tls")
    ]
    assert reached(failure("http://no-such-name.invalid/").timings) == ["name"]
    resolve("10.0.0.1")
    assert reached(failure("http://inside.test/").timings) == ["name"]
    assert reached(failure("nonsense").timings) == []


# --- Connections that died --------------------------------------------------------------------------------


def kept_once(then: Callable[[socket.socket], object]) -> Callable[[socket.socket], None]:
    """Answer well, and do so with the connection when the next request comes on it."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(OK)
        if connection.recv(65536):
            then(connection)

    return answer


def reset(connection: socket.socket) -> None:
    """Have the connection reset when it is closed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


@pytest.mark.parametrize("then", [lambda _: None, reset], ids=["closed", "reset"])
def test_a_kept_connection_that_dies_with_the_request_is_replaced_by_a_fresh_one(
    serve: Any, then: Callable[[socket.socket], None]
) -> None:
    receiver = serve(kept_once(then))
    call(receiver.url)
    again = call(receiver.url)
    assert (again.status, receiver.connections) == (200, 2)
    assert reached(again.timings) == ["name", "connect", "first_byte", "body"]


def test_it_is_replaced_once_and_not_for_ever(serve: Any) -> None:
    def answer(connection: socket.socket) -> None:
        if receiver.connections == 1:
            kept_once(lambda _: None)(connection)

    receiver: Receiver = serve(answer)
    call(receiver.url)
    assert failure(receiver.url).message == "The receiver closed the connection without an answer."
    assert receiver.connections == 2


def test_a_fresh_connection_that_dies_is_not_replaced(serve: Any) -> None:
    receiver = serve(lambda _: None)
    assert failure(receiver.url).kind == "protocol"
    assert receiver.connections == 1


@pytest.mark.parametrize("start", [b"H", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
def test_a_kept_connection_is_not_replaced_once_the_answer_has_begun(
    serve: Any, start: bytes
) -> None:
    receiver = serve(kept_once(lambda connection: connection.sendall(start)))
    call(receiver.url)
    assert failure(receiver.url).kind == "protocol"
    assert receiver.connections == 1


def test_a_kept_connection_is_not_replaced_when_the_time_is_over(serve: Any) -> None:
    receiver: Receiver = serve(kept_once(lambda _: receiver.is_closing.wait()))
    call(receiver.url)
    assert failure(receiver.url, timeout=0.3).kind == "timeout"
    assert receiver.connections == 1


def test_of_the_many_addresses_of_a_name_a_few_are_tried(
    resolve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuses(_: socket.socket, address: tuple[str, int]) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError

    resolve(*(f"8.8.{high}.{low}" for high in range(8) for low in range(250)))
    monkeypatch.setattr(connections._Socket, "connect", refuses)
    assert failure("http://many.test/").kind == "unreachable"
    assert tried == [f"8.8.0.{low}" for low in range(8)]


def test_threads_that_begin_at_once_read_the_certificates_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin, reads = threading.Barrier(8), []

    def read(*_: object) -> None:
        reads.append(threading.get_ident())

    def first_call(_: int) -> None:
        begin.wait()
        connections.thread.adapter_under(Rules(AllowList(""), insecure=False))

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", read)
    connections._tls.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(first_call, range(8)))
    connections._tls.cache_clear()
    assert len(reads) == 1


# --- Proxies ----------------------------------------------------------------------------------------------


@pytest.fixture
def through(outbound_settings: Any) -> Callable[..., None]:
    """`through(proxy)`: the console names this proxy."""

    def change(proxy: Receiver, **more: Any) -> None:
        url = f"http://127.0.0.1:{proxy.port}"
        outbound_settings(OutgoingProxyURL=url, **more)

    return change


def test_what_is_outside_is_called_through_the_proxy_of_the_console(
    serve: Any, resolve: Any, through: Any
) -> None:
    resolve("8.8.8.8")
    proxy = serve()
    through(proxy, OutgoingProxyCredentials="ann:p@ss:w")
    call("http://outside.test:8080/hook?a=b")
    (request,) = proxy.requests
    assert request.startswith(b"POST http://outside.test:8080/hook?a=b HTTP/1.1\r\n")
    assert b"Host: outside.test:8080\r\n" in request
    assert b"Proxy-Authorization: Basic YW5uOnBAc3M6dw==\r\n" in request


def test_what_the_allow_list_names_is_called_without_it(
    serve: Any, resolve: Any, through: Any
) -> None:
    resolve("127.0.0.1")
    proxy, receiver = serve(), serve()
    for allowed in ("receiver.test", "127.0.0.0/8"):
        through(proxy, AllowedUntrustedInternalConnections=allowed)
        assert call(f"http://receiver.test:{receiver.port}/").status == 200
    assert (proxy.connections, len(receiver.requests)) == (0, 2)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:7f00:1]", "2130706433", "inside.test"]
)
def test_a_proxy_leads_nobody_to_what_is_forbidden(
    serve: Any, resolve: Any, through: Any, host: str
) -> None:
    resolve("10.0.0.5")
    proxy = serve()
    through(proxy)
    assert failure(f"http://{host}/").kind == "blocked"
    assert proxy.connections == 0


def test_a_name_that_only_the_proxy_can_resolve_is_left_to_it(serve: Any, through: Any) -> None:
    proxy = serve()
    through(proxy)
    assert call("http://no-such-name.invalid/").status == 200
    assert proxy.requests[0].startswith(b"POST http://no-such-name.invalid/ HTTP/1.1\r\n")


def test_tls_goes_through_the_proxy_as_it_is(
    serve: Any, resolve: Any, through: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certificates.make(tmp_path / "tls", names="DNS:outside.test")
    monkeypatch.setattr(connections, "_tls", lambda **_: _trusting(certificate))
    receiver = serve(tls=certificate.server_context())
    resolve("8.8.8.8")
    proxy = serve(lambda connection: _tunnel(connection, receiver.port))
    through(proxy, OutgoingProxyCredentials="ann:secret")
    replies = [call("https://outside.test/hook") for _ in range(2)]
    (asked,) = proxy.requests
    assert asked.startswith(b"CONNECT outside.test:443 HTTP/1.")
    assert b"Proxy-Authorization: Basic " in asked
    assert [b"Proxy-Authorization" in one for one in receiver.requests] == [False, False]
    assert reached(replies[0].timings) == ["name", "connect", "tls", "first_byte", "body"]


def _trusting(certificate: certificates.Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate.path))
    context.sslsocket_class = connections._TLSSocket
    return context


def _tunnel(connection: socket.socket, port: int) -> None:
    connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
    with socket.create_connection(("127.0.0.1", port)) as beyond:
        back = threading.Thread(target=_copy, args=(beyond, connection), daemon=True)
        back.start()
        _copy(connection, beyond)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)


REFUSED = b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("scheme", "status", "words"),
    [
        ("http", b"407 Name Wanted", "407 Proxy Authentication Required"),
        ("https", b"407 Name Wanted", "407 Name Wanted"),
        ("https", b"403 Not There", "403 Not There"),
    ],
)
def test_a_proxy_that_refuses_is_named(
    serve: Any, resolve: Any, through: Any, scheme: str, status: bytes, words: str
) -> None:
    resolve("8.8.8.8")
    through(serve(REFUSED % status))
    error = failure(f"{scheme}://outside.test/")
    assert (error.kind, error.retry) == ("unreachable", True)
    assert error.message == f"The proxy does not lead to the receiver: {words}."


def test_a_proxy_that_is_away_is_named(serve: Any, resolve: Any, outbound_settings: Any) -> None:
    resolve("8.8.8.8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outbound_settings(OutgoingProxyURL=f"http://127.0.0.1:{port}")
    for scheme in ("http", "https"):
        assert failure(f"{scheme}://outside.test/").message == (
            "The proxy does not accept connections."
        )


def test_a_proxy_that_hangs_does_not_hold_the_call_beyond_its_deadline(
    serve: Any, resolve: Any, through: Any
) -> None:
    resolve("8.8.8.8")
    proxy: Receiver = serve(lambda _: bool(proxy.is_closing.wait()) or None)
    through(proxy)
    assert failure("http://outside.test/", timeout=0.3).kind == "timeout"
    error = failure("https://outside.test/", timeout=0.3)
    assert (error.kind, error.message) == (
        "timeout",
        "The proxy did not accept the connection in time.",
    )
