"""The doors of incoming webhooks: the URL that programs post to, and the hooks over REST v4."""

from typing import Any

from django.http import HttpResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.teams import teams
from mattermost_hooks import errors, rest
from mattermost_hooks.errors import AppError

from . import hooks, receive
from .models import IncomingWebhook

HOOK_FIELDS: dict[str, type] = {
    "id": str,
    "channel_id": str,
    "user_id": str,
    "team_id": str,
    "display_name": str,
    "description": str,
    "username": str,
    "icon_url": str,
    "channel_locked": bool,
}


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


class IncomingWebhooks(APIView):
    """GET and POST /hooks/incoming."""

    def get(self, request: Request) -> Response:
        """The hooks of a team, or of all."""
        page = rest.page_of(request)
        team_id = request.query_params.get("team_id")
        team = teams.find_or_empty(team_id) if team_id else None
        found = hooks.of_team(actor=actor_of(request), team=team, first=page.first, limit=page.size)
        return Response([hook_json(hook) for hook in found])

    def post(self, request: Request) -> Response:
        """A new hook, 201."""
        fields = _fields(request)
        channel = channels.find_shared(fields.pop("channel_id", ""))
        if fields.pop("id", ""):
            raise AppError(
                "app.webhooks.save_incoming.existing.app_error",
                "You cannot overwrite an existing IncomingWebhook.",
            )
        fields.pop("team_id", None)
        owner_id = fields.pop("user_id", "")
        hook = hooks.create(actor=actor_of(request), channel=channel, owner_id=owner_id, **fields)
        return Response(hook_json(hook), status=201)


class OneIncomingWebhook(APIView):
    """GET, PUT and DELETE /hooks/incoming/{id}."""

    def get(self, request: Request, hook_id: str) -> Response:
        """The hook."""
        hook = hooks.read(actor=actor_of(request), hook_id=rest.check_id(hook_id, "hook_id"))
        return Response(hook_json(hook))

    def put(self, request: Request, hook_id: str) -> Response:
        """Replace the hook; 201, as Mattermost answers."""
        rest.check_id(hook_id, "hook_id")
        fields = _fields(request)
        if fields.pop("id", "") != hook_id:
            raise errors.invalid_body("hook_id")
        hook = hooks.find(hook_id)
        if fields.pop("team_id", "") not in ("", hook.team_id):
            raise AppError(
                "api.webhook.team_mismatch.app_error", "Unable to update webhook across teams."
            )
        fields.pop("user_id", None)
        channel = channels.find_shared(fields.pop("channel_id", ""))
        hook = hooks.update(actor=actor_of(request), hook=hook, channel=channel, **fields)
        return Response(hook_json(hook), status=201)

    def delete(self, request: Request, hook_id: str) -> Response:
        """Delete the hook."""
        hook = hooks.find(rest.check_id(hook_id, "hook_id"))
        hooks.delete(actor=actor_of(request), hook=hook)
        return rest.ok()


def hook_json(hook: IncomingWebhook) -> dict[str, Any]:
    """A hook as REST shows it (specification §1.10)."""
    return {
        "id": hook.id,
        "create_at": hook.create_at,
        "update_at": hook.update_at,
        "delete_at": hook.delete_at,
        "user_id": hook.user_id,
        "channel_id": hook.channel_id,
        "team_id": hook.team_id,
        "display_name": hook.display_name,
        "description": hook.description,
        "username": hook.username,
        "icon_url": hook.icon_url,
        "channel_locked": hook.channel_locked,
        "last_used": hook.last_used,
    }


def _fields(request: Request) -> rest.Fields:
    return rest.read_fields(request, "incoming_webhook", HOOK_FIELDS)
