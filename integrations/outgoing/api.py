"""The doors of outgoing webhooks: the hooks over REST v4, tokens included."""

from collections.abc import Sequence
from typing import Any, TypedDict

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.posts import posts
from channels_app.teams import teams
from integrations.delivery_log import api as log_api
from integrations.managed import api
from integrations.managed.kind import Kind
from integrations.managed.models import ManagedHook
from mattermost_hooks import errors, rest
from mattermost_hooks.endpoints.endpoint import serves
from mattermost_hooks.errors import Refusal

from . import explanation, hooks
from .explanation import Explanation


class OutgoingWebhookJson(hooks.Said, api.HookJson):
    """An outgoing webhook (specification §1.11)."""

    creator_id: str
    token: str


class RuleJson(TypedDict):
    """What a rule answered: `holds` is null, and `saw` blank, if it was not asked any more."""

    name: str
    question: str
    holds: bool | None
    saw: str


class ExplanationJson(TypedDict):
    """Why a post fired a webhook or did not (specification §3.10)."""

    hook_id: str
    post_id: str
    fired: bool | None
    would_fire: bool
    summary: str
    caveat: str
    rules: list[RuleJson]
    deliveries: list[log_api.DeliveryJson]


class Explain(APIView):
    """GET /hooks/outgoing/{id}/explain?post_id=…"""

    @serves(
        ExplanationJson,
        raises=(*hooks.KIND.of_one, errors.invalid_parameter, posts.no_such_post),
    )
    def get(self, request: Request, hook_id: str) -> ExplanationJson:
        """Why the post that `post_id` names fired the hook, or did not."""
        post_id = request.query_params.get("post_id", "")
        return _explained(
            explanation.explain(actor=actor_of(request), hook=hooks.find(hook_id), post_id=post_id)
        )


class RegenerateToken(APIView):
    """POST /hooks/outgoing/{id}/regen_token; PUT too, since a common client library sends that."""

    @serves(OutgoingWebhookJson, raises=hooks.KIND.of_one)
    def post(self, request: Request, hook_id: str) -> dict[str, Any]:
        """The hook with its new token."""
        hook = hooks.find(hook_id)
        return DOORS.shown(hooks.regenerate_token(actor=actor_of(request), hook=hook))

    put = post


class SigningSecretJson(TypedDict):
    """A new signing secret, shown here and on the hook's page only (specification §3.3.1).

    `previous_until` is when requests cease to be signed with the one before it, too (ms); 0 if there is none.
    """

    signing_secret: str
    previous_until: int


class RegenerateSigningSecret(APIView):
    """POST /hooks/outgoing/{id}/regen_signing_secret."""

    @serves(SigningSecretJson, raises=hooks.KIND.of_one)
    def post(self, request: Request, hook_id: str) -> SigningSecretJson:
        """The hook's new signing secret."""
        made, *earlier = hooks.regenerate_signing_secret(
            actor=actor_of(request), hook=hooks.find(hook_id)
        )
        return {
            "signing_secret": made.text,
            "previous_until": earlier[0].until if earlier else 0,
        }


def _listed(kind: Kind[Any], request: Request, page: rest.Page) -> Sequence[ManagedHook]:
    """Of a channel, of a team, or all; `channel_id` counts before `team_id`."""
    channel_id = request.query_params.get("channel_id")
    if not channel_id:
        return api.of_team(kind, request, page)
    channel = channels.find_or_forbid(channel_id)
    return hooks.of_channel(
        actor=actor_of(request), channel=channel, first=page.first, limit=page.size
    )


def _explained(found: Explanation) -> ExplanationJson:
    return {
        "hook_id": found.hook.id,
        "post_id": found.post.id,
        "fired": found.fired,
        "would_fire": found.verdict.fires,
        "summary": found.summary,
        "caveat": found.caveat,
        "rules": [
            {
                "name": rule.name,
                "question": rule.question,
                "holds": answer.holds if answer else None,
                "saw": answer.saw if answer else "",
            }
            for rule, answer in found.steps
        ],
        "deliveries": [log_api.shown(one) for one in found.deliveries],
    }


is_there = Refusal(
    "app.webhooks.save_outgoing.override.app_error",
    "You cannot overwrite an existing OutgoingWebhook.",
    detail="id must be empty",
)


DOORS = api.Doors(
    service=hooks,
    takes=api.body_of(hooks.KIND, "outgoing_webhook", "token"),
    gives=OutgoingWebhookJson,
    listed=_listed,
    is_there=is_there,
    place=lambda body: {"team": teams.find_live(body.team_id)},
    beside=lambda body: {
        "channel": api.channel_of(hooks.KIND, body),
        "creator_id": body.creator_id,
        "token": body.token,
    },
)
