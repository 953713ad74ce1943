"""REST v4: accounts switched on and off (specification §1.14)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of, user_named
from mattermost_hooks import errors, rest

from . import activation


class Active(APIView):
    """PUT /users/{id}/active."""

    def put(self, request: Request, user_id: str) -> Response:
        """Activate or deactivate."""
        fields = rest.read_fields(request, "active", {"active": bool})
        if "active" not in fields:
            raise errors.invalid_body("active")
        user = user_named(request, user_id)
        activation.set_active(actor=actor_of(request), user=user, active=fields["active"])
        return rest.ok()
