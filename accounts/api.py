"""REST v4: accounts, signing in and out, access tokens, bots (specification §6, §7.2)."""

from typing import cast

from django.http import HttpResponseBase
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mattermost_hooks import errors, rest
from mattermost_hooks.console.config import get_config

from . import bots, browsers, sessions, tokens, users, wire
from .authentication import CSRF_COOKIE, TOKEN_COOKIE, USER_COOKIE, client_address
from .models import Session, User

USER_FIELDS = dict.fromkeys(
    ["username", "email", "password", "nickname", "first_name", "last_name", "position", "locale"],
    str,
)


def actor_of(request: Request) -> User:
    """The account that asks; views that need one are closed to everybody else."""
    return cast("User", request.user)


def user_named(request: Request, user_id: str) -> User:
    """The account that the URL names by id or as `me`."""
    if user_id == "me":
        return actor_of(request)
    return users.find_shared(rest.check_id(user_id, "user_id"))


class Users(APIView):
    """POST /users: open to visitors while the server is open or still empty."""

    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        """A new account, 201."""
        fields = {"username": "", "email": "", "password": ""}
        fields |= rest.read_fields(request, "user", USER_FIELDS)
        actor = request.user if isinstance(request.user, User) else None
        user = users.create(actor=actor, **fields)
        return Response(wire.user_json(user, viewer=user), status=201)


class OneUser(APIView):
    """GET /users/{id}, /users/me."""

    def get(self, request: Request, user_id: str) -> Response:
        """The account."""
        user = user_named(request, user_id)
        return Response(wire.user_json(user, viewer=actor_of(request)))


class UserByName(APIView):
    """GET /users/username/{name}."""

    def get(self, request: Request, username: str) -> Response:
        """The account; 404 if nobody has this name."""
        user = users.find_by_username(username)
        if user is None:
            raise users.no_such_username()
        return Response(wire.user_json(user, viewer=actor_of(request)))


class Active(APIView):
    """PUT /users/{id}/active."""

    def put(self, request: Request, user_id: str) -> Response:
        """Activate or deactivate."""
        fields = rest.read_fields(request, "active", {"active": bool})
        if "active" not in fields:
            raise errors.invalid_body("active")
        user = user_named(request, user_id)
        users.set_active(actor=actor_of(request), user=user, active=fields["active"])
        return rest.ok()


class Login(APIView):
    """POST /users/login."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def post(self, request: Request) -> Response:
        """The account, with the session's token as a header and, for browsers, as cookies."""
        shape = dict.fromkeys(["id", "login_id", "password", "device_id"], str)
        fields = rest.read_fields(request, "login", shape)
        session = sessions.sign_in(
            login_id=fields.get("login_id") or fields.get("id", ""),
            password=fields.get("password", ""),
            device_id=fields.get("device_id", ""),
            address=client_address(request),
            browser=request.COOKIES.get(browsers.COOKIE, ""),
        )
        response = Response(wire.user_json(session.user, viewer=session.user))
        response.headers["Token"] = session.token
        if request.META.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest":
            set_cookies(response, session, secure=request.is_secure())
        return response


class Logout(APIView):
    """POST /users/logout: fine without a session too."""

    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        """End the session that asks."""
        if isinstance(request.auth, Session):
            sessions.sign_out(session=request.auth)
        response = rest.ok()
        for name in (TOKEN_COOKIE, USER_COOKIE, CSRF_COOKIE):
            if name in request.COOKIES:
                response.delete_cookie(name)
        return response


class Tokens(APIView):
    """POST /users/{id}/tokens."""

    def post(self, request: Request, user_id: str) -> Response:
        """A new access token; the only answer that ever shows its secret."""
        owner = user_named(request, user_id)
        fields = rest.read_fields(request, "user_access_token", {"description": str})
        if not fields.get("description"):
            raise errors.invalid_body("description")
        token = tokens.issue(actor=actor_of(request), owner=owner, **fields)
        return Response(wire.token_json(token, secret=True))


class TokenAction(APIView):
    """POST /users/tokens/revoke, /disable, /enable."""

    def post(self, request: Request, action: str) -> Response:
        """Do it to the token that the body names."""
        fields = rest.read_fields(request, "token_id", {"token_id": str})
        if "token_id" not in fields:
            raise errors.invalid_body("token_id")
        if action == "revoke":
            tokens.revoke(actor=actor_of(request), token_id=fields["token_id"])
        else:
            active = action == "enable"
            tokens.set_active(actor=actor_of(request), token_id=fields["token_id"], active=active)
        return rest.ok()


class Bots(APIView):
    """POST /bots."""

    def post(self, request: Request) -> Response:
        """A new bot, 201."""
        shape = dict.fromkeys(["username", "display_name", "description"], str)
        fields = {"username": ""} | rest.read_fields(request, "bot", shape)
        bot = bots.create(actor=actor_of(request), **fields)
        return Response(wire.bot_json(bot), status=201)


class BotSwitch(APIView):
    """POST /bots/{id}/disable, /enable."""

    def post(self, request: Request, bot_user_id: str, action: str) -> Response:
        """Switch the bot off or on."""
        user_id = rest.check_id(bot_user_id, "bot_user_id")
        enabled = action == "enable"
        bot = bots.set_enabled(actor=actor_of(request), user_id=user_id, enabled=enabled)
        return Response(wire.bot_json(bot))


def set_cookies(response: HttpResponseBase, session: Session, *, secure: bool) -> None:
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
