"""Connections that lead only where they may, end in time and read no more than is allowed."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse

from . import addresses
from .addresses import AllowList, Endpoint
from .reply import LARGEST_BODY_BYTES, OutboundError, timed_out, too_large

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

LONGEST_CONNECT_SECONDS = 3.0
# All that one exchange may receive: headers and chunk sizes too, and whatever a parser would read on.
LARGEST_TRAFFIC_BYTES = 8 * LARGEST_BODY_BYTES
# Each thread keeps its connections to this many servers: 32 threads stay below 1 024 open files.
POOLED_SERVERS = 16
FORBIDDEN = (
    "address forbidden, you may need to set AllowedUntrustedInternalConnections to allow an "
    "integration access to your internal network"
)


@dataclass(frozen=True)
class Rules:
    """The settings that a connection was opened under. Under others it is not used again."""

    allowed: AllowList
    insecure: bool


@dataclass
class Exchange:
    """One call: its rules, its end on the monotonic clock and the bytes it may still receive."""

    rules: Rules
    deadline: float
    bytes_left: int = LARGEST_TRAFFIC_BYTES
    has_ended: bool = False

    def seconds_left(self) -> float:
        left = self.deadline - monotonic()
        if left <= 0:
            raise timed_out()
        return left

    @contextmanager
    def in_time(self, connection: socket.socket) -> Iterator[None]:
        """The next operation of this socket ends by the deadline, as an OutboundError if need be."""
        connection.settimeout(self.seconds_left())
        try:
            yield
        except TimeoutError:
            raise timed_out() from None

    def received(self, count: int) -> int:
        self.has_ended = count == 0
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise too_large()
        return count


class Adapter(HTTPAdapter):
    """Requests' way to its connections, with ours in place of its own. One for each thread."""

    def __init__(self, rules: Rules) -> None:
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


class Thread(threading.local):
    """What each thread has of its own: the call under way, and the connections kept from earlier ones."""

    exchange: Exchange
    adapter: Adapter | None = None

    def adapter_under(self, rules: Rules) -> Adapter:
        if self.adapter is None or self.adapter.rules != rules:
            if self.adapter is not None:
                self.adapter.close()
            self.adapter = Adapter(rules)
        return self.adapter


thread = Thread()


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
            raise timed_out() from None
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
        with thread.exchange.in_time(self):
            count = super().recv_into(buffer, nbytes, flags)
        return thread.exchange.received(count)

    def sendall(self, content: "ReadableBuffer", flags: int = 0) -> None:
        with thread.exchange.in_time(self):
            super().sendall(content, flags)


class _TLSSocket(ssl.SSLSocket):
    """The same over TLS, where sendall is a loop over send."""

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        with thread.exchange.in_time(self):
            count = super().recv_into(buffer, nbytes, flags)
        return thread.exchange.received(count)

    def send(self, content: "ReadableBuffer", flags: int = 0) -> int:
        with thread.exchange.in_time(self):
            return super().send(content, flags)


def _open(host: str, port: int) -> socket.socket:
    """A socket to the first allowed address that answers; those in line share the time to connect."""
    endpoints = _endpoints(host, port)
    stop_at = monotonic() + min(LONGEST_CONNECT_SECONDS, thread.exchange.seconds_left())
    ran_out = False
    for waiting, endpoint in zip(range(len(endpoints), 0, -1), endpoints, strict=True):
        try:
            return _connect(endpoint, seconds=max((stop_at - monotonic()) / waiting, 0.01))
        except OSError as error:
            ran_out = ran_out or isinstance(error, TimeoutError)
    if ran_out:
        raise timed_out()
    raise OutboundError("unreachable", "The receiver does not accept connections.", retry=True)


def _endpoints(host: str, port: int) -> list[Endpoint]:
    try:
        found = addresses.endpoints_of(host, port, allowed=thread.exchange.rules.allowed)
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
        connection.settimeout(thread.exchange.seconds_left())  # what a TLS handshake may take
    except BaseException:
        connection.close()
        raise
    return connection
