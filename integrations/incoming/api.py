"""The doors of incoming webhooks: the URL that programs post to, and the hooks over REST v4."""

from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from integrations.managed import api
from mattermost_hooks.errors import Refusal

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


class IncomingWebhookJson(hooks.Said, api.HookJson):
    """An incoming webhook (specification §1.10)."""

    user_id: str
    last_used: int


is_there = Refusal(
    "app.webhooks.save_incoming.existing.app_error",
    "You cannot overwrite an existing IncomingWebhook.",
)


DOORS = api.Doors(
    service=hooks,
    takes=api.body_of(hooks.KIND, "incoming_webhook"),
    gives=IncomingWebhookJson,
    place=lambda body: {"channel": api.channel_of(hooks.KIND, body)},
    is_there=is_there,
    beside=lambda body: {"owner_id": body.user_id},
    changed_status=201,
)
