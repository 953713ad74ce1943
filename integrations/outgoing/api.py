"""The doors of outgoing webhooks: the hooks over REST v4, tokens included."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.teams import teams
from integrations.managed.api import HookListView, HookView, OneHookView
from mattermost_hooks import rest
from mattermost_hooks.errors import AppError

from . import hooks


class _View(HookView):
    service, body, also_read, also_shown = hooks, "outgoing_webhook", ("token",), ("token",)


class OutgoingWebhooks(_View, HookListView):
    """GET and POST /hooks/outgoing."""

    def get(self, request: Request) -> Response:
        """The hooks of a channel, of a team, or of all; `channel_id` counts before `team_id`."""
        channel_id = request.query_params.get("channel_id")
        if not channel_id:
            return super().get(request)
        page, channel = rest.page_of(request), channels.find_or_forbid(channel_id)
        found = hooks.of_channel(
            actor=actor_of(request), channel=channel, first=page.first, limit=page.size
        )
        return Response([self.shown(hook) for hook in found])

    def place(self, fields: rest.Fields) -> dict[str, Any]:
        """The team."""
        return {"team": teams.find_live(fields.get("team_id", ""))}

    def is_there(self) -> AppError:
        """In Mattermost's words."""
        return AppError(
            "app.webhooks.save_outgoing.override.app_error",
            "You cannot overwrite an existing OutgoingWebhook.",
            detail="id must be empty",
        )

    def beside(self, fields: rest.Fields) -> dict[str, Any]:
        """The channel, if there is one; the creator and a token, blank unless given."""
        texts = {name: fields.get(name, "") for name in ("creator_id", "token")}
        return {"channel": self.channel(fields), **texts}


class OneOutgoingWebhook(_View, OneHookView):
    """GET, PUT and DELETE /hooks/outgoing/{id}."""


class RegenerateToken(_View):
    """POST /hooks/outgoing/{id}/regen_token; PUT too, since a common client library sends that."""

    def post(self, request: Request, hook_id: str) -> Response:
        """The hook with its new token."""
        hook = hooks.find(rest.check_id(hook_id, "hook_id"))
        return Response(self.shown(hooks.regenerate_token(actor=actor_of(request), hook=hook)))

    put = post
