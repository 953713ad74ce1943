"""REST v4: signing in and out, access tokens (specification §6)."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of, user_named
from accounts.people.wire import user_json
from mattermost_hooks import errors, rest

from . import browsers, cookies, sessions, tokens, wire
from .authentication import client_address
from .models import Session


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
        response = Response(user_json(session.user, viewer=session.user))
        response.headers["Token"] = session.token
        if request.META.get("HTTP_X_REQUESTED_WITH") == "XMLHttpRequest":
            cookies.keep(response, session, secure=request.is_secure())
        return response


class Logout(APIView):
    """POST /users/logout: fine without a session too."""

    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        """End the session that asks."""
        if isinstance(request.auth, Session):
            sessions.sign_out(session=request.auth)
        response = rest.ok()
        cookies.drop(response, kept=request.COOKIES)
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
