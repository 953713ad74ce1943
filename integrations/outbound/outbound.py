"""The one place that opens connections to other people's servers.

An address is judged where the socket is opened: a name is resolved once and only judged addresses are
connected to, so neither a second resolution nor a redirect nor an odd spelling leads inside. One deadline
covers the whole exchange, and what is read is limited on the wire.

Proxies and credentials named in the environment are not used: only the console says where calls go.
"""

import http.client
import logging
import re
import zlib
from collections.abc import Mapping
from time import monotonic
from typing import Literal
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError

from mattermost_hooks.console.config import get_config
from mattermost_hooks.console.sections import Service

from . import failures
from .addresses import AllowList
from .connections import Adapter, go_through_proxy, thread
from .exchange import Exchange, Rules, current
from .failures import LARGEST_BODY_BYTES
from .reply import OutboundError, Reply

Method = Literal["GET", "POST", "PUT", "DELETE"]

READ_BYTES = 16_384  # more would be many small objects if somebody sends chunks of a byte
PROXY_WANTS_PASSWORD = 407

HEADERS = {
    "User-Agent": "Mattermost-Bot/1.1",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}
# Whoever sets these decides where a request ends and another one begins, or whose it is.
FRAMING = {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"}
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110

# urllib3 writes whole URLs into its notes, and a callback URL may hold a secret.
logging.getLogger("urllib3").setLevel(logging.ERROR)


def post(
    url: str,
    *,
    body: bytes,
    content_type: str,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Reply:
    """POST the body, as call() does."""
    more = {"Content-Type": content_type, **(headers or {})}
    return call("POST", url, body=body, headers=more, timeout=timeout)


def call(
    method: Method,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Reply:
    """Send the request and return the whole reply, of at most 1 MiB; OutboundError is all it raises.

    `timeout` is in seconds, for everything from resolving the name to the last byte of the reply;
    OutgoingIntegrationRequestsTimeout unless told. Both, reply and error, say how long each part took.
    A connection that was kept from an earlier call and fails before the answer has begun is replaced by a
    fresh one, once: a server that took the request and went away without an answer gets it twice.
    """
    settings = get_config().ServiceSettings
    request = _request(method, url, body, headers or {})
    seconds = settings.OutgoingIntegrationRequestsTimeout if timeout is None else timeout
    rules = _rules(settings)
    adapter = thread.adapter_under(
        rules
    )  # before the time begins: the first one reads certificates
    exchange = current.exchange = Exchange(rules, deadline=monotonic() + seconds)
    try:
        return _exchange(adapter, request)
    except OutboundError as error:
        error.timings = exchange.timings()
        raise


def is_valid_url(url: str) -> bool:
    """May this be the address of a hook: http:// or https:// and a host, nothing odd (specification §1.11)?

    It says nothing about the address behind the name: that is judged at every call.
    """
    try:
        _prepared(url)
    except OutboundError:
        return False
    return True


def _rules(settings: Service) -> Rules:
    proxy, credentials = settings.OutgoingProxyURL, settings.OutgoingProxyCredentials
    if credentials:
        name, _, password = credentials.partition(":")
        proxy = proxy.replace("://", f"://{quote(name, safe='')}:{quote(password, safe='')}@", 1)
    return Rules(
        AllowList(settings.AllowedUntrustedInternalConnections),
        insecure=settings.EnableInsecureOutgoingConnections,
        proxy=proxy,
    )


def _exchange(adapter: Adapter, request: requests.PreparedRequest) -> Reply:
    """Send and read; once more where the connection turned out to be dead."""
    try:
        try:
            return _send(adapter, request)
        except (HTTPError, http.client.HTTPException, OSError):
            if not current.exchange.may_go_again():
                raise
        return _send(adapter, request)
    except (HTTPError, http.client.HTTPException, OSError, ValueError, zlib.error) as error:
        # Its text names the URL, so it does not travel on.
        raise failures.broken(error, has_ended=current.exchange.has_ended) from None


def _send(adapter: Adapter, request: requests.PreparedRequest) -> Reply:
    proxied = go_through_proxy(request.url or "")
    # Not through a Session: it would read the whole body of a redirect, cookies and the environment.
    with adapter.send(
        request,
        stream=True,
        verify=not adapter.rules.insecure,
        proxies={"all": adapter.rules.proxy} if proxied else None,
    ) as response:
        if proxied and response.status_code == PROXY_WANTS_PASSWORD:
            raise failures.unauthorized()
        return _read(response)


def _request(
    method: Method, url: str, body: bytes, headers: Mapping[str, str]
) -> requests.PreparedRequest:
    request = _prepared(url)
    request.prepare_method(method)
    if not all(_may_be_sent(name, value) for name, value in headers.items()):
        raise OutboundError("protocol", "The request has an invalid header.", retry=False)
    request.prepare_headers({**HEADERS, **headers})
    request.prepare_auth(None)  # name and password in the URL become a header, as in Mattermost
    request.prepare_body(body, None)
    return request


def _may_be_sent(name: str, value: str) -> bool:
    is_one_line = value.isascii() and value.isprintable() and value == value.strip()
    return is_one_line and bool(_TOKEN.fullmatch(name)) and name.lower() not in FRAMING


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


def _read(response: requests.Response) -> Reply:
    exchange = current.exchange
    if exchange.has_ended:
        raise failures.cut_short()  # an end among the headers is noticed by nobody else
    exchange.expect_body()
    body = bytearray()
    while part := response.raw.read(READ_BYTES, decode_content=False):
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            raise failures.too_large()
    headers = {name.lower(): value for name, value in response.headers.items()}
    is_zipped = headers.get("content-encoding", "").strip().lower() == "gzip" and bool(body)
    if is_zipped:
        del headers["content-encoding"]
        headers.pop("content-length", None)
    content = _unzipped(body) if is_zipped else bytes(body)
    return Reply(response.status_code, headers, content, exchange.timings())


def _unzipped(body: bytearray) -> bytes:
    """What a receiver compressed without being asked, up to the same limit."""
    unzip = zlib.decompressobj(wbits=31)  # 31: with gzip's header and checksum
    content = unzip.decompress(body, LARGEST_BODY_BYTES + 1)
    if len(content) > LARGEST_BODY_BYTES:
        raise failures.too_large()
    if not unzip.eof:
        raise zlib.error("cut short")
    return content
