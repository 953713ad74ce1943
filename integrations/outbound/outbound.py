"""The one place that opens connections to other people's servers.

An address is judged where the socket is opened: a name is resolved once and only judged addresses are
connected to, so neither a second resolution nor a redirect nor an odd spelling leads inside. One deadline
covers the whole exchange, and what is read is limited on the wire.

Proxies and credentials named in the environment are not used: a proxy would resolve and reach addresses
past this guard.
"""

import http.client
import logging
import zlib
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from mattermost_hooks.console.config import get_config

from .addresses import AllowList
from .connections import Exchange, Rules, thread
from .reply import LARGEST_BODY_BYTES, OutboundError, Reply, broken, too_large

if TYPE_CHECKING:
    pass


READ_BYTES = 65_536

HEADERS = {
    "User-Agent": "Mattermost-Bot/1.1",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}

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
    """POST the body and return the whole reply, of at most 1 MiB; OutboundError is all it raises.

    `timeout` is in seconds, for everything from resolving the name to the last byte of the reply;
    OutgoingIntegrationRequestsTimeout unless told. Resolving alone cannot be interrupted: a name server
    that hangs may hold the call longer, by what the system's resolver allows.
    """
    settings = get_config().ServiceSettings
    request = _request(url, body, {"Content-Type": content_type, **(headers or {})})
    rules = Rules(
        AllowList(settings.AllowedUntrustedInternalConnections),
        insecure=settings.EnableInsecureOutgoingConnections,
    )
    seconds = settings.OutgoingIntegrationRequestsTimeout if timeout is None else timeout
    thread.exchange = Exchange(rules, deadline=monotonic() + seconds)
    try:
        # Not through a Session: it would read the whole body of a redirect, cookies and the environment.
        adapter = thread.adapter_under(rules)
        with adapter.send(request, stream=True, verify=not rules.insecure) as response:
            return _read(response)
    except (HTTPError, http.client.HTTPException, OSError, ValueError, zlib.error):
        raise broken() from None  # their texts name the URL, so they do not travel on


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


def _read(response: requests.Response) -> Reply:
    # After an interim answer the real one would be taken for that to a later request; an end among the
    # headers is noticed by nobody else.
    if response.status_code < 200 or thread.exchange.has_ended:
        raise broken()
    body = bytearray()
    while part := response.raw.read(READ_BYTES, decode_content=False):
        body += part
        if len(body) > LARGEST_BODY_BYTES:
            raise too_large()
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
        raise too_large()
    if not unzip.eof:
        raise broken()
    return content
