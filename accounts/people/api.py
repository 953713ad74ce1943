"""REST v4: accounts (specification §1.1, §7.2)."""

from typing import ClassVar

from msgspec import UNSET, UnsetType
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import serves

from . import users, wire
from .asking import actor_of, user_named
from .models import User


class UserBody(bodies.Body):
    """A new account."""

    called: ClassVar[str] = "user"
    limits = users.LIMITS
    username: str = ""
    email: str = ""
    password: str = ""
    nickname: str | UnsetType = UNSET
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    position: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET


class Users(APIView):
    """/users: open to visitors while the server is open or still empty."""

    permission_classes = [AllowAny]

    @serves(wire.UserJson, takes=UserBody, status=201, raises=users.OF_A_NEW_ACCOUNT)
    def post(self, request: Request, body: UserBody) -> wire.UserJson:
        """A new account."""
        actor = request.user if isinstance(request.user, User) else None
        user = users.create(actor=actor, **body.given())
        return wire.user_json(user, viewer=user)


class OneUser(APIView):
    """/users/{id}, /users/me."""

    @serves(wire.UserJson, raises=(users.no_such_account,))
    def get(self, request: Request, user_id: str) -> wire.UserJson:
        """The account."""
        return wire.user_json(user_named(request, user_id), viewer=actor_of(request))


class UserByName(APIView):
    """/users/username/{name}."""

    @serves(wire.UserJson, raises=(users.no_such_username,))
    def get(self, request: Request, username: str) -> wire.UserJson:
        """The account; 404 if nobody has this name."""
        user = users.find_by_username(username)
        if user is None:
            raise users.no_such_username()
        return wire.user_json(user, viewer=actor_of(request))
