"""The one place that opens connections to other people's servers.

An address is judged where the socket is opened: a name is resolved once and only judged addresses are
connected to, so neither a second resolution nor a redirect nor an odd spelling leads inside. One deadline
covers the whole exchange, and what is read is limited on the wire.

Proxies and credentials named in the environment are not used: a proxy would resolve and reach addresses
past this guard.
"""

import http.client
import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from mattermost_hooks.console.config import get_config

from . import addresses
from .addresses import AllowList, Endpoint

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Kind = Literal["blocked", "timeout", "unreachable", "too_large", "protocol", "invalid_url"]

LONGEST_CONNECT_SECONDS = 3.0
LARGEST_BODY_BYTES = 1_048_576
# All that one exchange may receive: headers and chunk sizes too, and whatever a parser would read on.
LARGEST_TRAFFIC_BYTES = 8 * LARGEST_BODY_BYTES
READ_BYTES = 65_536
# Each thread keeps its connections to this many servers: 32 threads stay below 1 024 open files.
POOLED_SERVERS = 16

HEADERS = {
    "User-Agent": "Mattermost-Bot/1.1",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
FORBIDDEN = (
    "address forbidden, you may need to set AllowedUntrustedInternalConnections to allow an "
    "integration access to your internal network"
)

# urllib3 writes whole URLs into its notes, and a callback URL may hold a secret.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Reply:
    """What a server answered, whatever its status: redirects are not followed. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The Content-Type header, "" if there is none."""
        return self.headers.get("content-type", "")


class OutboundError(Exception):
    """No usable reply. `message` is for people and holds no secret; `retry`: another try may succeed."""

    def __init__(self, kind: Kind, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry = retry


def post(
    url: str,
    *,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Reply:
    """POST the body and return the whole reply, of at most 1 MiB; OutboundError is all it raises.

    `timeout` is in seconds, for everything from resolving the name to the last byte of the reply;
    OutgoingIntegrationRequestsTimeout unless told. Resolving alone cannot be interrupted: a name server
    that hangs may hold the call longer, by what the system's resolver allows.
    """
    settings = get_config().ServiceSettings
    request = _request(url, body, {"Content-Type": content_type, **(headers or {})})
    rules = _Rules(
        AllowList(settings.AllowedUntrustedInternalConnections),
        insecure=settings.EnableInsecureOutgoingConnections,
    )
    seconds = settings.OutgoingIntegrationRequestsTimeout if timeout is None else timeout
    _thread.exchange = _Exchange(rules, deadline=monotonic() + seconds)
    try:
        # Not through a Session: it would read the whole body of a redirect, cookies and the environment.
        adapter = _thread.adapter_under(rules)
        with adapter.send(request, stream=True, verify=not rules.insecure) as response:
            return _read(response)
    except (HTTPError, http.client.HTTPException, OSError, ValueError, zlib.error):
        raise _broken() from None  # their texts name the URL, so they do not travel on


def is_valid_url(url: str) -> bool:
    """May this be the address of a hook: http:// or https:// and a host, nothing odd (specification §1.11)?

    It says nothing about the address behind the name: that is judged at every call.
    """
    try:
        _prepared(url)
    except OutboundError:
        return False
    return True


def _request(url: str, body: bytes, headers: Mapping[str, str]) -> requests.PreparedRequest:
    request = _prepared(url)
    request.prepare_method("POST")
    try:
        if not all(
            text.isascii() and text.isprintable() for pair in headers.items() for text in pair
        ):
            raise ValueError
        request.prepare_headers({**HEADERS, **headers})
    except ValueError:
        raise OutboundError("protocol", "The request has an invalid header.", retry=False) from None
    request.prepare_auth(None)  # name and password in the URL become a header, as in Mattermost
    request.prepare_body(body, None)
    return request


def _prepared(url: str) -> requests.PreparedRequest:
    """A request for this URL, percent-encoded and with its host in ASCII."""
    request = requests.PreparedRequest()
    try:
        if not url.startswith(("http://", "https://")) or any(c < " " or c == "\x7f" for c in url):
            raise ValueError
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError
        url.encode()  # refuses half a surrogate pair
        request.prepare_url(url, None)
        host = urlsplit(request.url or "").hostname or ""
        host.encode("idna")  # as the resolver will: refuses labels that are empty or too long
        if "%" in host:
            raise ValueError
    except (requests.RequestException, ValueError):
        raise OutboundError("invalid_url", "The URL is not valid.", retry=False) from None
    return request


@dataclass(frozen=True)
class _Rules:
    """The settings that a connection was opened under. Under others it is not used again."""

    allowed: AllowList
    insecure: bool


@dataclass
class _Exchange:
    """One call: its rules, its end on the monotonic clock and the bytes it may still receive."""

    rules: _Rules
    deadline: float
    bytes_left: int = LARGEST_TRAFFIC_BYTES
    has_ended: bool = False

    def seconds_left(self) -> float:
        left = self.deadline - monotonic()
        if left <= 0:
            raise _timed_out()
        return left

    @contextmanager
    def in_time(self, connection: socket.socket) -> Iterator[None]:
        """The next operation of this socket ends by the deadline, as an OutboundError if need be."""
        connection.settimeout(self.seconds_left())
        try:
            yield
        except TimeoutError:
            raise _timed_out() from None

    def received(self, count: int) -> int:
        self.has_ended = count == 0
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise _too_large()
        return count


def _timed_out() -> OutboundError:
    return OutboundError("timeout", "The receiver did not answer in time.", retry=True)


def _too_large() -> OutboundError:
    return OutboundError("too_large", "The receiver answered more than 1 MiB.", retry=False)


def _broken() -> OutboundError:
    message = "The receiver broke off or did not answer in valid HTTP."
    return OutboundError("protocol", message, retry=True)


class _Adapter(HTTPAdapter):
    """Requests' way to its connections, with ours in place of its own. One for each thread."""

    def __init__(self, rules: _Rules) -> None:
        self.rules = rules
        super().__init__(pool_connections=POOLED_SERVERS, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, ssl_context=_tls(insecure=self.rules.insecure))
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def cert_verify(self, *args: Any, **more: Any) -> None:
        """Nothing: certificates are the TLS context's business."""

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        """A response without cookies: reading hostile ones takes time, and nobody asks for them."""
        response = requests.Response()
        response.status_code, response.raw = resp.status, resp
        response.headers = CaseInsensitiveDict(resp.headers)
        return response


class _Thread(threading.local):
    """What each thread has of its own: the call under way, and the connections kept from earlier ones."""

    exchange: _Exchange
    adapter: _Adapter | None = None

    def adapter_under(self, rules: _Rules) -> _Adapter:
        if self.adapter is None or self.adapter.rules != rules:
            if self.adapter is not None:
                self.adapter.close()
            self.adapter = _Adapter(rules)
        return self.adapter


_thread = _Thread()


@lru_cache
def _tls(*, insecure: bool) -> ssl.SSLContext:
    """Trusts the authorities this machine trusts, so that a company's own counts, and Mozilla's."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = _TLSSocket
    return context


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self._dns_host, self.port)


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self._dns_host, self.port)

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            reason = f"The receiver's certificate is not accepted: {error.verify_message}."
        except TimeoutError:
            raise _timed_out() from None
        except OSError:
            reason = "No secure connection to the receiver: TLS failed."
        else:
            return
        raise OutboundError("unreachable", reason, retry=True)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Socket(socket.socket):
    """A socket that keeps to the limits of its thread's exchange."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        with _thread.exchange.in_time(self):
            count = super().recv_into(buffer, nbytes, flags)
        return _thread.exchange.received(count)

    def sendall(self, content: "ReadableBuffer", flags: int = 0) -> None:
        with _thread.exchange.in_time(self):
            super().sendall(content, flags)


class _TLSSocket(ssl.SSLSocket):
    """The same over TLS, where sendall is a loop over send."""

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        with _thread.exchange.in_time(self):
            count = super().recv_into(buffer, nbytes, flags)
        return _thread.exchange.received(count)

    def send(self, content: "ReadableBuffer", flags: int = 0) -> int:
        with _thread.exchange.in_time(self):
            return super().send(content, flags)


def _open(host: str, port: int) -> socket.socket:
    """A socket to the first allowed address that answers; those in line share the time to connect."""
    endpoints = _endpoints(host, port)
    stop_at = monotonic() + min(LONGEST_CONNECT_SECONDS, _thread.exchange.seconds_left())
    timed_out = False
    for waiting, endpoint in zip(range(len(endpoints), 0, -1), endpoints, strict=True):
        try:
            return _connect(endpoint, seconds=max((stop_at - monotonic()) / waiting, 0.01))
        except OSError as error:
            timed_out = timed_out or isinstance(error, TimeoutError)
    if timed_out:
        raise _timed_out()
    raise OutboundError("unreachable", "The receiver does not accept connections.", retry=True)


def _endpoints(host: str, port: int) -> list[Endpoint]:
    try:
        found = addresses.endpoints_of(host, port, allowed=_thread.exchange.rules.allowed)
    except OSError:
        raise OutboundError(
            "unreachable", "The receiver's name cannot be resolved.", retry=True
        ) from None
    if not found:
        raise OutboundError("blocked", FORBIDDEN, retry=False)
    return found


def _connect(endpoint: Endpoint, *, seconds: float) -> socket.socket:
    connection = _Socket(endpoint.family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(seconds)
        connection.connect(endpoint.address)
        connection.settimeout(_thread.exchange.seconds_left())  # what a TLS handshake may take
    except BaseException:
        connection.close()
        raise
    return connection


def _read(response: requests.Response) -> Reply:
    # After an interim answer the real one would be taken for that to a later request; an end among the
    # headers is noticed by nobody else.
    if response.status_code < 200 or _thread.exchange.has_ended:
        raise _broken()
    body = bytearray()
    while part := response.raw.read(READ_BYTES, decode_content=False):
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            raise _too_large()
    headers = {name.lower(): value for name, value in response.headers.items()}
    if headers.get("content-encoding", "").strip().lower() == "gzip" and body:
        del headers["content-encoding"]
        headers.pop("content-length", None)
        return Reply(response.status_code, headers, _unzipped(bytes(body)))
    return Reply(response.status_code, headers, bytes(body))


def _unzipped(body: bytes) -> bytes:
    """What a receiver compressed without being asked, up to the same limit."""
    unzip = zlib.decompressobj(wbits=31)  # 31: with gzip's header and checksum
    content = unzip.decompress(body, LARGEST_BODY_BYTES + 1)
    if len(content) > LARGEST_BODY_BYTES:
        raise _too_large()
    if not unzip.eof:
        raise _broken()
    return content
