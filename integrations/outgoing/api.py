"""The doors of outgoing webhooks: the hooks over REST v4."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.membership.models import Channel
from channels_app.teams import teams
from mattermost_hooks import errors, rest
from mattermost_hooks.errors import AppError

from . import hooks
from .models import OutgoingWebhook

BODY = "outgoing_webhook"
HOOK_FIELDS: dict[str, type] = {
    "id": str,
    "token": str,
    "creator_id": str,
    "channel_id": str,
    "team_id": str,
    "trigger_words": list,
    "trigger_when": int,
    "callback_urls": list,
    "display_name": str,
    "description": str,
    "content_type": str,
    "username": str,
    "icon_url": str,
}


class OutgoingWebhooks(APIView):
    """GET and POST /hooks/outgoing."""

    def get(self, request: Request) -> Response:
        """The hooks of a channel, of a team, or of all; `channel_id` counts before `team_id`."""
        page, actor = rest.page_of(request), actor_of(request)
        if channel_id := request.query_params.get("channel_id"):
            channel = channels.find_or_forbid(channel_id)
            found = hooks.of_channel(
                actor=actor, channel=channel, first=page.first, limit=page.size
            )
        else:
            team_id = request.query_params.get("team_id")
            team = teams.find_or_empty(team_id) if team_id else None
            found = hooks.of_team(actor=actor, team=team, first=page.first, limit=page.size)
        return Response([hook_json(hook) for hook in found])

    def post(self, request: Request) -> Response:
        """A new hook, 201."""
        fields = _fields(request)
        team = teams.find_live(fields.pop("team_id", ""))
        if fields.pop("id", ""):
            raise AppError(
                "app.webhooks.save_outgoing.override.app_error",
                "You cannot overwrite an existing OutgoingWebhook.",
                detail="id must be empty",
            )
        channel = _channel(fields.pop("channel_id", ""))
        hook = hooks.create(actor=actor_of(request), team=team, channel=channel, **fields)
        return Response(hook_json(hook), status=201)


class OneOutgoingWebhook(APIView):
    """GET, PUT and DELETE /hooks/outgoing/{id}."""

    def get(self, request: Request, hook_id: str) -> Response:
        """The hook."""
        hook = hooks.read(actor=actor_of(request), hook_id=rest.check_id(hook_id, "hook_id"))
        return Response(hook_json(hook))

    def put(self, request: Request, hook_id: str) -> Response:
        """Replace the hook; a token or creator in the body changes nothing."""
        rest.check_id(hook_id, "hook_id")
        fields = _fields(request)
        if fields.pop("id", "") != hook_id:
            raise errors.invalid_body("hook_id")
        hook = hooks.find(hook_id)
        if fields.pop("team_id", "") not in ("", hook.team_id):
            raise AppError(
                "api.webhook.team_mismatch.app_error", "Unable to update webhook across teams."
            )
        for kept in ("token", "creator_id"):
            fields.pop(kept, None)
        channel = _channel(fields.pop("channel_id", ""))
        hook = hooks.update(actor=actor_of(request), hook=hook, channel=channel, **fields)
        return Response(hook_json(hook))

    def delete(self, request: Request, hook_id: str) -> Response:
        """Delete the hook."""
        hook = hooks.find(rest.check_id(hook_id, "hook_id"))
        hooks.delete(actor=actor_of(request), hook=hook)
        return rest.ok()


class RegenerateToken(APIView):
    """POST /hooks/outgoing/{id}/regen_token; PUT too, since a common client library sends that."""

    def post(self, request: Request, hook_id: str) -> Response:
        """The hook with its new token."""
        hook = hooks.find(rest.check_id(hook_id, "hook_id"))
        return Response(hook_json(hooks.regenerate_token(actor=actor_of(request), hook=hook)))

    put = post


def hook_json(hook: OutgoingWebhook) -> dict[str, Any]:
    """A hook as REST shows it, token included (specification §1.11)."""
    return {
        "id": hook.id,
        "token": hook.token,
        "create_at": hook.create_at,
        "update_at": hook.update_at,
        "delete_at": hook.delete_at,
        "creator_id": hook.creator_id,
        "channel_id": hook.channel_id or "",
        "team_id": hook.team_id,
        "trigger_words": hook.trigger_words,
        "trigger_when": hook.trigger_when,
        "callback_urls": hook.callback_urls,
        "display_name": hook.display_name,
        "description": hook.description,
        "content_type": hook.content_type,
        "username": hook.username,
        "icon_url": hook.icon_url,
    }


def _fields(request: Request) -> rest.Fields:
    fields: rest.Fields = {"callback_urls": []}
    fields |= rest.read_fields(request, BODY, HOOK_FIELDS)
    for name in ("trigger_words", "callback_urls"):
        if not all(isinstance(text, str) for text in fields.get(name, ())):
            raise errors.invalid_body(BODY, detail=f"{name} must be a list of texts")
    return fields


def _channel(channel_id: str) -> Channel | None:
    return channels.find_shared(channel_id) if channel_id else None
