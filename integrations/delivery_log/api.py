"""The delivery log of a hook over REST v4: read page by page, one whole, delivered again."""

from typing import Any, TypedDict

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from integrations.delivery import deliveries
from integrations.delivery.models import PENDING, Attempt, Delivery
from integrations.managed.kind import Kind
from mattermost_hooks import errors, rest
from mattermost_hooks.endpoints.bodies import Body
from mattermost_hooks.endpoints.endpoint import serves
from mattermost_hooks.records import now_ms

from . import reading

DAY_MS = 24 * 60 * 60 * 1000


class DeliveryJson(TypedDict):
    """A delivery: `due_at` is 0 once it is settled, `cause_id` the post or whatever else it tells of."""

    id: str
    create_at: int
    update_at: int
    due_at: int
    status: str
    url: str
    cause_id: str
    attempt_count: int
    note: str


class AttemptJson(TypedDict):
    """One try; `status_code` is null without an answer, `timings` are milliseconds of the parts it came to."""

    id: str
    create_at: int
    duration_ms: int
    timings: dict[str, int]
    status_code: int | None
    error: str
    response_start: str | None


class WholeDeliveryJson(DeliveryJson):
    """A delivery with its attempts; what was sent and answered is null for who may not read the channel."""

    content_type: str
    payload: dict[str, Any] | None
    attempts: list[AttemptJson]


class StartedOver(TypedDict):
    """How many deliveries were started over."""

    started_over: int


class StartOverBody(Body, kw_only=True):
    """Since when (ms) what was given up is to be started over; a day ago unless told."""

    called = "deliveries"
    since: int = 0


def shown(delivery: Delivery) -> DeliveryJson:
    """A delivery as lists show it."""
    due_at = max(delivery.due_at, delivery.create_at) if delivery.status == PENDING else 0
    return {
        "id": delivery.id,
        "create_at": delivery.create_at,
        "update_at": delivery.update_at,
        "due_at": due_at,
        "status": delivery.status,
        "url": delivery.url,
        "cause_id": delivery.cause_id,
        "attempt_count": delivery.attempt_count,
        "note": delivery.note,
    }


def list_view(kind: Kind[Any]) -> type[APIView]:
    """GET of the deliveries of a hook, newest first; POST to start over with those that were given up."""

    class DeliveryList(APIView):
        @serves(list[DeliveryJson], cursor=True, raises=(*kind.of_one, errors.invalid_parameter))
        def get(self, request: Request, hook_id: str, cursor: rest.Cursor) -> list[DeliveryJson]:
            """Those older than `before`, with this `status`, `per_page` of them."""
            found = reading.of_hook(
                actor=actor_of(request),
                kind=kind,
                hook=kind.find(hook_id),
                before=cursor.before,
                status=request.query_params.get("status", ""),
                limit=cursor.size,
            )
            return [shown(delivery) for delivery in found]

        @serves(StartedOver, takes=StartOverBody, raises=kind.of_one)
        def post(self, request: Request, hook_id: str, body: StartOverBody) -> StartedOver:
            """Deliver again what was given up since then."""
            begun = reading.deliver_failed_again(
                actor=actor_of(request),
                kind=kind,
                hook=kind.find(hook_id),
                since=body.since or now_ms() - DAY_MS,
            )
            return {"started_over": begun}

    return DeliveryList


def one_view(kind: Kind[Any]) -> type[APIView]:
    """GET of one delivery of a hook, POST to deliver it again."""

    class OneDelivery(APIView):
        @serves(WholeDeliveryJson, raises=(*kind.of_one, deliveries.no_such_delivery))
        def get(self, request: Request, hook_id: str, delivery_id: str) -> WholeDeliveryJson:
            """The delivery with its attempts."""
            whole = reading.one(
                actor=actor_of(request), kind=kind, hook=kind.find(hook_id), delivery_id=delivery_id
            )
            return {
                **shown(whole.delivery),
                "content_type": whole.delivery.content_type,
                "payload": whole.delivery.payload if whole.may_read else None,
                "attempts": [_attempt(one, may_read=whole.may_read) for one in whole.attempts],
            }

        @serves(DeliveryJson, raises=(*kind.of_one, deliveries.no_such_delivery))
        def post(self, request: Request, hook_id: str, delivery_id: str) -> DeliveryJson:
            """Deliver it again, whatever came of it."""
            return shown(
                reading.deliver_again(
                    actor=actor_of(request),
                    kind=kind,
                    hook=kind.find(hook_id),
                    delivery_id=delivery_id,
                )
            )

    return OneDelivery


def _attempt(attempt: Attempt, *, may_read: bool) -> AttemptJson:
    return {
        "id": attempt.id,
        "create_at": attempt.create_at,
        "duration_ms": attempt.duration_ms,
        "timings": attempt.timings,
        "status_code": attempt.status_code,
        "error": attempt.error,
        "response_start": attempt.response_start if may_read else None,
    }
