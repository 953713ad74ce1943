"""REST v4: accounts, signing in and out, access tokens, bots (specification §6, §7.2)."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mattermost_hooks import rest

from . import users, wire
from .asking import actor_of, user_named
from .models import User

USER_FIELDS = dict.fromkeys(
    ["username", "email", "password", "nickname", "first_name", "last_name", "position", "locale"],
    str,
)


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
