"""The outbound client over TLS: whom it trusts, and that the limits hold there too."""

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.outbound import connections, outbound
from integrations.outbound.reply import OutboundError, Reply
from tests import certificates
from tests.certificates import Certificate
from tests.receiver import Receiver

pytestmark = pytest.mark.usefixtures("outbound_settings")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate that receiver.test signed for itself."""
    return certificates.make(tmp_path_factory.mktemp("tls") / "own", names="DNS:receiver.test")


@pytest.fixture
def tls(certificate: Certificate) -> ssl.SSLContext:
    """What a receiver with that certificate serves with."""
    return certificate.server_context()


@pytest.fixture
def _trusted(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The certificate is one that this machine trusts."""
    monkeypatch.setattr(connections, "DEFAULT_CA_BUNDLE_PATH", str(certificate.path))
    connections._tls.cache_clear()
    yield
    connections._tls.cache_clear()


def post(url: str, **more: Any) -> Reply:
    """A delivery of {}, which has 10 seconds."""
    call: dict[str, Any] = {"body": b"{}", "content_type": "a/b", "timeout": 10}
    return outbound.post(url, **(call | more))


def failure(url: str, **more: Any) -> OutboundError:
    """The error that a delivery ends in."""
    with pytest.raises(OutboundError) as caught:
        post(url, **more)
    return caught.value


@pytest.mark.usefixtures("_trusted")
def test_trusted_certificate_for_the_name_is_accepted(
    serve: Any, tls: ssl.SSLContext, resolve: Any
) -> None:
    resolve("127.0.0.1")
    receiver = serve(tls=tls)
    url = f"https://receiver.test:{receiver.port}/"
    assert [post(url).body, post(url).body] == [b"{}", b"{}"]
    assert receiver.connections == 1


@pytest.mark.usefixtures("_trusted")
def test_certificate_for_another_name_is_refused(serve: Any, tls: ssl.SSLContext) -> None:
    error = failure(f"https://127.0.0.1:{serve(tls=tls).port}/")
    assert (error.kind, error.retry) == ("unreachable", True)
    assert "certificate is not accepted" in error.message


def test_unknown_certificate_is_refused_unless_the_console_allows_it(
    serve: Any, tls: ssl.SSLContext, outbound_settings: Any
) -> None:
    url = f"https://127.0.0.1:{serve(tls=tls).port}/"
    assert "certificate is not accepted" in failure(url).message
    outbound_settings(
        AllowedUntrustedInternalConnections="127.0.0.1", EnableInsecureOutgoingConnections=True
    )
    with pytest.warns(match="Unverified HTTPS request"):
        assert post(url).status == 200


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_dripping_is_cut_over_tls_too(
    serve: Any, tls: ssl.SSLContext, resolve: Any, start: bytes
) -> None:
    resolve("127.0.0.1")
    receiver: Receiver = serve(lambda connection: receiver.drip(connection, start), tls)
    error = failure(f"https://receiver.test:{receiver.port}/", timeout=0.4)
    assert error.kind == "timeout"


def test_plain_http_where_tls_is_due_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_refuse_in_plain_http, args=(listener,), daemon=True).start()
        error = failure(f"https://127.0.0.1:{listener.getsockname()[1]}/")
    assert (error.kind, error.retry) == ("unreachable", True)
    assert "it does not speak TLS" in error.message


def _refuse_in_plain_http(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")
