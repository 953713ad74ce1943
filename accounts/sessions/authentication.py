"""Who is asking: a token in the Authorization header, else the session cookie (specification §6.2, §6.3)."""

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.people.models import User
from mattermost_hooks.console.config import get_config
from mattermost_hooks.ip_forms import plain
from mattermost_hooks.rest import session_expired

from . import sessions
from .cookies import TOKEN_COOKIE
from .models import Session

# What a home or a server gets of IPv6: who has one address has all of its network.
NETWORK_BITS = 64

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SessionTokenMiddleware(AuthenticationMiddleware):
    """Puts the account behind the session cookie on every request; pages and console look at it."""

    def process_request(self, request: HttpRequest) -> None:
        """Looks the session up when somebody first asks who the user is."""
        request.user = SimpleLazyObject(lambda: _cookie_user(request))  # type: ignore[assignment] # lazy


class TokenAuthentication(BaseAuthentication):
    """REST: header before cookie; a request with an Authorization header has its cookies ignored.

    A cookie that our own pages did not send is refused, also where visitors are let in.
    """

    refusals = (session_expired,)

    def authenticate(self, request: Request) -> tuple[User, Session | None] | None:
        """The account and, unless an access token speaks for it, its session."""
        if header := request.META.get("HTTP_AUTHORIZATION"):
            return _by_token(header_token(header))
        known = sessions.session_of(request.COOKIES.get(TOKEN_COOKIE, ""))
        if known is None:
            return None
        session, user = known
        if request.method not in _SAFE_METHODS and not _is_from_our_pages(request, session):
            raise session_expired()
        return user, session


def account_of(request: HttpRequest) -> User | None:
    """Who asks, for programs: as TokenAuthentication says, without its care for forms."""
    header = request.META.get("HTTP_AUTHORIZATION")
    known = _by_token(header_token(header) if header else request.COOKIES.get(TOKEN_COOKIE, ""))
    return known[0] if known else None


def header_token(header: str) -> str:
    """The token of an Authorization header: `Bearer x`, `BEARER x`, `token x`; one blank stands between."""
    scheme, _, token = header.partition(" ")
    return token if scheme.lower() in ("bearer", "token") else ""


def cookie_session(request: HttpRequest) -> Session | None:
    """The session behind the cookie of a page request."""
    known = sessions.session_of(request.COOKIES.get(TOKEN_COOKIE, ""))
    return known[0] if known else None


def client_address(request: HttpRequest) -> str:
    """Where a client is, as far as it cannot choose: its IPv4 address, or the network (/64) of its IPv6 one."""
    address = source_of(request.META)
    if not address:
        return "an unknown address"
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((int(parsed), NETWORK_BITS), strict=False))


def source_of(environ: Mapping[str, Any]) -> str:
    """The address that a request came from; empty if there is none.

    Behind a proxy that is what the proxy itself added to X-Forwarded-For: the last entry.
    """
    address = str(environ.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        address = str(environ.get("HTTP_X_FORWARDED_FOR", address)).rpartition(",")[2].strip()
    return _plain_address(address)


@lru_cache(maxsize=1024)
def _plain_address(address: str) -> str:
    try:
        return str(plain(ipaddress.ip_address(address)))
    except ValueError:
        return ""


def _cookie_user(request: HttpRequest) -> User | AnonymousUser:
    known = sessions.session_of(request.COOKIES.get(TOKEN_COOKIE, ""))
    return known[1] if known else AnonymousUser()


def _by_token(token: str) -> tuple[User, Session | None] | None:
    if known := sessions.session_of(token):
        session, user = known
        return user, session
    owner = sessions.access_token_owner(token)
    return (owner, None) if owner else None


def _is_from_our_pages(request: Request, session: Session) -> bool:
    given: Any = request.META.get("HTTP_X_CSRF_TOKEN", "")
    if constant_time_compare(given, session.csrf):
        return True
    strict = get_config().ServiceSettings.ExperimentalStrictCSRFEnforcement
    return not strict and request.META.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest"
