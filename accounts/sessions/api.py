"""REST v4: signing in and out, access tokens (specification §6)."""

from typing import ClassVar

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of, user_named
from accounts.people.wire import UserJson, user_json
from mattermost_hooks import errors
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import DONE, Done, serves

from . import browsers, cookies, sessions, tokens, wire
from .authentication import client_address
from .models import Session


class LoginBody(bodies.Body):
    """Who signs in, and with what."""

    called: ClassVar[str] = "login"
    id: str = ""
    login_id: str = ""
    password: str = ""
    device_id: str = ""


class TokenBody(bodies.Body):
    """A new access token."""

    called: ClassVar[str] = "user_access_token"
    limits = tokens.LIMITS
    essential = ("description",)
    description: str = ""


class TokenIdBody(bodies.Body):
    """Which access token is meant."""

    called: ClassVar[str] = "token_id"
    token_id: str


class Login(APIView):
    """/users/login."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @serves(UserJson, takes=LoginBody, raises=sessions.OF_SIGNING_IN)
    def post(self, request: Request, body: LoginBody) -> Response:
        """The account, with the session's token as a header and, for browsers, as cookies."""
        session = sessions.sign_in(
            login_id=body.login_id or body.id,
            password=body.password,
            device_id=body.device_id,
            address=client_address(request),
            browser=request.COOKIES.get(browsers.COOKIE, ""),
        )
        response = Response(user_json(session.user, viewer=session.user))
        response.headers["Token"] = session.token
        if request.META.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest":
            cookies.keep(response, session, secure=request.is_secure())
        return response


class Logout(APIView):
    """/users/logout: fine without a session too."""

    permission_classes = [AllowAny]

    @serves(Done)
    def post(self, request: Request) -> Response:
        """End the session that asks."""
        if isinstance(request.auth, Session):
            sessions.sign_out(session=request.auth)
        response = Response(DONE)
        cookies.drop(response, kept=request.COOKIES)
        return response


class Tokens(APIView):
    """/users/{id}/tokens."""

    @serves(
        wire.TokenJson,
        takes=TokenBody,
        raises=(errors.not_permitted, users.no_such_account, tokens.switched_off),
    )
    def post(self, request: Request, user_id: str, body: TokenBody) -> wire.TokenJson:
        """A new access token; the only answer that ever shows its secret."""
        owner = user_named(request, user_id)
        token = tokens.issue(actor=actor_of(request), owner=owner, description=body.description)
        return wire.token_json(token, secret=True)


class TokenAction(APIView):
    """/users/tokens/revoke, /disable, /enable."""

    @serves(Done, takes=TokenIdBody, raises=(errors.not_permitted, tokens.no_such_token))
    def post(self, request: Request, action: str, body: TokenIdBody) -> Done:
        """Do it to the token that the body names."""
        if action == "revoke":
            tokens.revoke(actor=actor_of(request), token_id=body.token_id)
        else:
            active = action == "enable"
            tokens.set_active(actor=actor_of(request), token_id=body.token_id, active=active)
        return DONE
