"""The doors of incoming webhooks: the URL that programs post to, and the hooks over REST v4."""

from typing import Any, TypedDict

from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from accounts.sessions.authentication import source_of
from integrations.managed import api
from mattermost_hooks import errors, rest
from mattermost_hooks.endpoints.endpoint import serves
from mattermost_hooks.errors import AppError, Refusal

from . import call_log, hooks, receive
from .models import IncomingCall


class Call(APIView):
    """POST /hooks/{id}: the id is the only credential, all others are ignored."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request, hook_id: str) -> HttpResponse:
        """`ok` in plain text once the posts are stored; an error as JSON."""
        body = request.body
        made = receive.receive(
            hook_id=hook_id,
            content_type=request.META.get("CONTENT_TYPE"),
            body=body,
            query=request.query_params,
        )
        call_log.note_posted(
            hook_id=hook_id, source=source_of(request.META), size=len(body), first=made[0]
        )
        return HttpResponse(b"ok", content_type="text/plain")

    def handle_exception(self, exc: Exception) -> Response:
        """The refusal, of which the hook's owner hears too. Looking at the address is no call."""
        known = rest.as_app_error(exc)
        if self.request.method not in SAFE_METHODS:
            call_log.note_refused(
                hook_id=self.kwargs["hook_id"],
                source=source_of(self.request.META),
                size=rest.natural(self.request.META.get("CONTENT_LENGTH"), 0),
                refusal=known or rest.unexpected(),
            )
        return super().handle_exception(known or exc)


def note_limited(request: HttpRequest, refusal: AppError) -> None:
    """Let the hook's owner hear of a call that came too soon after others, and so did not come to Call."""
    word, _, hook_id = request.path_info.strip("/").partition("/")
    if word.lower() == "hooks" and request.method not in SAFE_METHODS:
        call_log.note_refused(
            hook_id=hook_id,
            source=source_of(request.META),
            size=rest.natural(request.META.get("CONTENT_LENGTH"), 0),
            refusal=refusal,
        )


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


class IncomingCallJson(TypedDict):
    """One call of an incoming webhook (specification §2.12)."""

    id: str
    create_at: int
    outcome: str
    source: str
    size: int
    status: int
    error_id: str
    message: str
    detailed_error: str
    post_id: str


class Calls(APIView):
    """/hooks/incoming/{hook_id}/calls"""

    @serves(
        list[IncomingCallJson],
        cursor=True,
        raises=(*hooks.KIND.of_one, errors.invalid_parameter),
    )
    def get(self, request: Request, hook_id: str, cursor: rest.Cursor) -> list[dict[str, Any]]:
        """What became of the calls of a hook, newest first."""
        found = call_log.of_hook(
            actor=actor_of(request),
            hook=hooks.find(hook_id),
            before=cursor.before,
            outcome=request.query_params.get("outcome", ""),
            limit=cursor.size,
        )
        return [_shown(call) for call in found]


def _shown(call: IncomingCall) -> dict[str, Any]:
    named = {name: getattr(call, name, "") for name in IncomingCallJson.__annotations__}
    return named | {"detailed_error": call.detail, "post_id": call.post_id or ""}
