"""REST v4: accounts switched on and off (specification §1.14)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of, user_named
from mattermost_hooks import errors
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import DONE, Done, serves

from . import activation


class ActiveBody(bodies.Body):
    """Whether an account is to be active."""

    called: ClassVar[str] = "active"
    active: bool


class Active(APIView):
    """/users/{id}/active."""

    @serves(
        Done,
        takes=ActiveBody,
        raises=(errors.not_permitted, users.no_such_account, users.last_administrator),
    )
    def put(self, request: Request, user_id: str, body: ActiveBody) -> Done:
        """Activate or deactivate."""
        user = user_named(request, user_id)
        activation.set_active(actor=actor_of(request), user=user, active=body.active)
        return DONE
