"""The doors of incoming webhooks: the URL that programs post to, and the hooks over REST v4."""

from typing import Any

from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from integrations.managed.api import HookListView, HookView, OneHookView
from mattermost_hooks import rest
from mattermost_hooks.errors import AppError

from . import hooks, receive


class Call(APIView):
    """POST /hooks/{id}: the id is the only credential, all others are ignored."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request, hook_id: str) -> HttpResponse:
        """`ok` in plain text once the posts are stored; an error as JSON."""
        receive.receive(
            hook_id=hook_id,
            content_type=request.META.get("CONTENT_TYPE"),
            body=request.body,
            query=request.query_params,
        )
        return HttpResponse(b"ok", content_type="text/plain")


class _View(HookView):
    service, body, also_shown = hooks, "incoming_webhook", ("last_used",)


class IncomingWebhooks(_View, HookListView):
    """GET and POST /hooks/incoming."""

    def place(self, fields: rest.Fields) -> dict[str, Any]:
        """The channel; the team is that of the channel."""
        return {"channel": self.channel(fields)}

    def beside(self, fields: rest.Fields) -> dict[str, Any]:
        """The owner."""
        return {"owner_id": fields.get("user_id", "")}

    def is_there(self) -> AppError:
        """In Mattermost's words."""
        return AppError(
            "app.webhooks.save_incoming.existing.app_error",
            "You cannot overwrite an existing IncomingWebhook.",
        )


class OneIncomingWebhook(_View, OneHookView):
    """GET, PUT and DELETE /hooks/incoming/{id}; a change answers 201, as in Mattermost."""

    changed_status = 201
