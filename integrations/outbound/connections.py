"""Connections that lead only where they may, end in time and read no more than is allowed."""

import http.client
import socket
import ssl
import threading
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import BaseHTTPResponse

from . import addresses, failures
from .addresses import AllowList
from .exchange import Rules, current
from .names import Endpoint

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

LONGEST_CONNECT_SECONDS = 3.0
MOST_ADDRESSES = 8  # that are tried of one name; those in line share the time to connect
# Each thread keeps its connections to this many servers: 32 threads stay below 1 024 open files.
POOLED_SERVERS = 16
PORTS = {"http": 80, "https": 443}


class Adapter(HTTPAdapter):
    """Requests' way to its connections, with ours in place of its own. One for each thread."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        super().__init__(pool_connections=POOLED_SERVERS, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, ssl_context=_tls(insecure=self.rules.insecure))
        _use_our_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **more: Any) -> PoolManager:
        tls = _tls(insecure=self.rules.insecure)
        return _use_our_pools(super().proxy_manager_for(proxy, **more, ssl_context=tls))

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
    """What each thread has of its own: the connections kept from earlier calls."""

    adapter: Adapter | None = None

    def adapter_under(self, rules: Rules) -> Adapter:
        if self.adapter is None or self.adapter.rules != rules:
            if self.adapter is not None:
                self.adapter.close()
            with _one_by_one:  # or each of many threads reads all certificates for itself
                self.adapter = Adapter(rules)
        return self.adapter


thread = Thread()
_one_by_one = threading.Lock()


def go_through_proxy(url: str) -> bool:
    """Is this called through the console's proxy? Not what AllowedUntrustedInternalConnections names.

    The proxy resolves the name once more, so it has to judge as well; what can be seen to be forbidden
    from here is refused here. A name that only the proxy can resolve is the proxy's.
    """
    exchange = current.exchange
    if not exchange.rules.proxy:
        return False
    target, allowed = urlsplit(url), exchange.rules.allowed
    host, port = target.hostname or "", target.port or PORTS[target.scheme]
    if allowed.holds_host(host):
        return False
    exchange.enter("name")
    seconds = min(LONGEST_CONNECT_SECONDS, exchange.seconds_left())
    try:
        endpoints = addresses.endpoints_of(host, port, allowed=allowed, seconds=seconds)
    except OSError:
        return True
    if not endpoints:
        raise failures.blocked()
    return not all(addresses.lies_inside(endpoint, allowed=allowed) for endpoint in endpoints)


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


class _Answer(http.client.HTTPResponse):
    """An answer to which interim ones (102, 103) are no answer, as 100 is none to Python's."""

    def begin(self) -> None:
        super().begin()
        while self.status < 200:
            self.headers = self.msg = None  # type: ignore[assignment]  # what begin() asks for
            super().begin()


class _Connection(HTTPConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _open(self)


class _TLSConnection(HTTPSConnection):
    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return _open(self)

    def connect(self) -> None:
        try:
            super().connect()
        except TimeoutError:
            raise current.exchange.timed_out() from None
        except OSError as error:
            if current.exchange.phase == "tls":
                raise failures.insecure(error) from None
            raise failures.no_way_through_proxy(error) from None


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection

    def _validate_conn(self, conn: Any) -> None:
        if conn.is_closed:
            conn.connect()
        current.exchange.enter("first_byte")


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection

    def _validate_conn(self, conn: Any) -> None:
        super()._validate_conn(conn)
        current.exchange.enter("first_byte")


def _use_our_pools(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
    return manager


class _Socket(socket.socket):
    """A socket that keeps to the limits of its thread's exchange."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        with current.exchange.in_time(self):
            count = super().recv_into(buffer, nbytes, flags)
        return current.exchange.received(count)

    def sendall(self, content: "ReadableBuffer", flags: int = 0) -> None:
        with current.exchange.in_time(self):
            super().sendall(content, flags)


class _TLSSocket(ssl.SSLSocket):
    """The same over TLS, where sendall is a loop over send."""

    def do_handshake(self, *args: Any) -> None:
        current.exchange.enter("tls")
        super().do_handshake(*args)

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        with current.exchange.in_time(self):
            count = super().recv_into(buffer, nbytes, flags)
        return current.exchange.received(count)

    def send(self, content: "ReadableBuffer", flags: int = 0) -> int:
        with current.exchange.in_time(self):
            return super().send(content, flags)


def _open(connection: HTTPConnection) -> socket.socket:
    """A socket to the first allowed address that answers."""
    exchange = current.exchange
    exchange.is_fresh = True
    exchange.peer = "proxy" if connection.proxy else "receiver"
    endpoints = _endpoints(connection)
    exchange.enter("connect")
    stop_at = monotonic() + min(LONGEST_CONNECT_SECONDS, exchange.seconds_left())
    ran_out = False
    for waiting, endpoint in zip(range(len(endpoints), 0, -1), endpoints, strict=True):
        try:
            return _connect(endpoint, seconds=max((stop_at - monotonic()) / waiting, 0.01))
        except OSError as error:
            ran_out = ran_out or isinstance(error, TimeoutError)
    if ran_out:
        raise exchange.timed_out()
    raise failures.unreachable(f"The {exchange.peer} does not accept connections.")


def _endpoints(connection: HTTPConnection) -> list[Endpoint]:
    exchange = current.exchange
    host = connection._dns_host
    # Who set the proxy in the console has allowed it by that.
    allowed = AllowList(host) if connection.proxy else exchange.rules.allowed
    exchange.enter("name")
    try:
        found = addresses.endpoints_of(
            host, connection.port, allowed=allowed, seconds=exchange.seconds_left()
        )
    except TimeoutError:
        raise exchange.timed_out() from None
    except OSError as error:
        raise failures.unresolved(error, exchange.peer) from None
    if not found:
        raise failures.blocked()
    return found[:MOST_ADDRESSES]


def _connect(endpoint: Endpoint, *, seconds: float) -> socket.socket:
    connection = _Socket(endpoint.family, socket.SOCK_STREAM)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(seconds)
        connection.connect(endpoint.address)
        connection.settimeout(current.exchange.seconds_left())  # what a TLS handshake may take
    except BaseException:
        connection.close()
        raise
    return connection
