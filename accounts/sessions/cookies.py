"""The cookies in which browsers keep a session."""

from collections.abc import Collection

from django.http import HttpResponseBase

from mattermost_hooks.console.config import get_config

from .models import Session

TOKEN_COOKIE = "MMAUTHTOKEN"  # noqa: S105 - the name of a cookie
USER_COOKIE = "MMUSERID"
CSRF_COOKIE = "MMCSRF"
COOKIES = (TOKEN_COOKIE, USER_COOKIE, CSRF_COOKIE)


def keep(response: HttpResponseBase, session: Session, *, secure: bool) -> None:
    """Keep a session in a browser: the token hidden from scripts, user id and CSRF word open to them."""
    age = get_config().ServiceSettings.SessionLengthWebInDays * 24 * 60 * 60
    values = [
        (TOKEN_COOKIE, session.token, True),
        (USER_COOKIE, session.user_id, False),
        (CSRF_COOKIE, session.csrf, False),
    ]
    for name, value, hidden in values:
        response.set_cookie(
            name, value, max_age=age, secure=secure, httponly=hidden, samesite="Lax"
        )


def drop(response: HttpResponseBase, *, kept: Collection[str] = COOKIES) -> None:
    """Have the browser forget the session, of which it keeps these cookies."""
    for name in COOKIES:
        if name in kept:
            response.delete_cookie(name)
