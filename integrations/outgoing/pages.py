"""The pages on which people make, see, change and delete their outgoing webhooks, and what those delivered."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.people.models import User
from accounts.sessions.sign_in_page import signed_in
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from channels_app.show import page_frame, timeline
from integrations.managed.hook_form import MOST_SUGGESTIONS
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from . import delivery_log, hooks
from .forms import OutgoingWebhookForm
from .models import PENDING, Delivery, OutgoingWebhook

HOOKS_ON_A_PAGE = 50
RECENT_DELIVERIES = 20
FRESH_MS = 60_000


@dataclass(frozen=True)
class Row:
    """A hook as the list shows it; a fresh one unfolds its token."""

    hook: OutgoingWebhook
    last_fired: datetime | None
    is_fresh: bool


@dataclass(frozen=True)
class DeliveryRow:
    """A delivery as the list shows it; `next_try` only while there will be one."""

    delivery: Delivery
    at: datetime
    receiver: str
    next_try: datetime | None


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_webhooks(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET and POST /{team}/account/integrations/outgoing: the hooks, and a form for one more."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := why_unavailable(person, team):
        return _page(request, team, {"why_unavailable": reason})
    suggested = _suggested(person, team)
    if request.method != "POST":
        return _list(request, team, OutgoingWebhookForm(suggested=suggested))
    form = OutgoingWebhookForm(request.POST, suggested=suggested)
    if form.is_valid() and _served(form, person, team, partial(hooks.create, team=team)):
        messages.success(request, "The webhook is ready. Give its token to the program it calls.")
        return redirect("outgoing_webhooks", team.name)
    return _list(request, team, form, status=400)


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_webhook(request: HttpRequest, team_name: str, hook_id: str) -> HttpResponse:
    """GET and POST /{team}/account/integrations/outgoing/{hook id}: the hook, and a form that changes it."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := why_unavailable(person, team):
        return _page(request, team, {"why_unavailable": reason}, status=403)
    hook = hooks.read(actor=person, hook_id=hook_id)
    if hook.team_id != team.id:
        raise Http404
    suggested = _suggested(person, team)
    if request.method != "POST":
        return _own_page(request, hook, OutgoingWebhookForm(suggested=suggested, hook=hook))
    form = OutgoingWebhookForm(request.POST, suggested=suggested, hook=hook)
    # What is refused must not show on the page, so the service gets a row of its own; what the form does not
    # ask for stays.
    kept = {name: getattr(hook, name) for name in hooks.LIMITS}
    change = partial(hooks.update, hook=hooks.find(hook_id), **kept)
    if form.is_valid() and _served(form, person, team, change):
        messages.success(request, "The webhook is changed.")
        return redirect("outgoing_webhook", team.name, hook_id)
    return _own_page(request, hook, form, status=400)


@signed_in
@require_POST
def delete_outgoing_webhook(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/outgoing/delete: the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hooks.delete(
        actor=page_frame.person_of(request), hook=hooks.find(request.POST.get("hook_id", ""))
    )
    messages.success(request, "The webhook is deleted. It fires no more.")
    return redirect("outgoing_webhooks", team.name)


@signed_in
@require_POST
def regenerate_token(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/outgoing/regenerate_token: of the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hook = hooks.regenerate_token(
        actor=page_frame.person_of(request), hook=hooks.find(request.POST.get("hook_id", ""))
    )
    messages.success(request, "The webhook has a new token. The old one is no longer sent.")
    return redirect("outgoing_webhook", team.name, hook.id)


def why_unavailable(person: User, team: Team) -> str:
    """Why this person cannot manage outgoing webhooks of the team, in words; "" if they can."""
    if not get_config().ServiceSettings.EnableOutgoingWebhooks:
        return (
            "Outgoing webhooks are switched off. A system administrator can switch them on in the "
            "System Console, under Integration Management."
        )
    if not permissions.may(person, "manage_outgoing_webhooks", team=team):
        return (
            "Only administrators of this team or of the server may manage outgoing webhooks. Ask one "
            "of them to make the webhook for you."
        )
    return ""


def _suggested(person: User, team: Team) -> list[Channel]:
    offered = channels.open_to_user(person, team, limit=MOST_SUGGESTIONS)
    return [one for one in offered if one.is_open]


def _served(
    form: OutgoingWebhookForm, person: User, team: Team, serve: Callable[..., object]
) -> bool:
    """Did the service take what the form holds? If not, the form says why."""
    fields = dict(form.cleaned_data)
    handle = fields.pop("channel")
    try:
        channel = channels.read_by_name(actor=person, team=team, name=handle) if handle else None
        serve(actor=person, channel=channel, **fields)
    except AppError as refusal:
        form.refuse(refusal)
        return False
    return True


def _list(
    request: HttpRequest, team: Team, form: OutgoingWebhookForm, *, status: int = 200
) -> HttpResponse:
    page = page_frame.page_number(request)
    found = hooks.of_team(
        actor=page_frame.person_of(request),
        team=team,
        first=(page - 1) * HOOKS_ON_A_PAGE,
        limit=HOOKS_ON_A_PAGE + 1,
        newest_first=True,
    )
    context = _what_became(found[:HOOKS_ON_A_PAGE], page_frame.zone_of(request)) | {"form": form}
    context |= page_frame.pager(page, has_more=len(found) > HOOKS_ON_A_PAGE)
    return _page(request, team, context, status=status)


def _own_page(
    request: HttpRequest, hook: OutgoingWebhook, form: OutgoingWebhookForm, *, status: int = 200
) -> HttpResponse:
    context = _what_became([hook], page_frame.zone_of(request)) | {"hook": hook, "form": form}
    return _page(request, hook.team, context, status=status)


def _what_became(shown: Collection[OutgoingWebhook], zone: tzinfo) -> page_frame.Context:
    """Hooks as the page shows them, and their latest deliveries."""
    latest = delivery_log.latest_of_each(shown)
    recent = delivery_log.most_recent(latest.values(), limit=RECENT_DELIVERIES)
    return {
        "rows": [_row(hook, latest.get(hook.id), zone) for hook in shown],
        "deliveries": [_delivery_row(delivery, zone) for delivery in recent],
    }


def _row(hook: OutgoingWebhook, latest: Delivery | None, zone: tzinfo) -> Row:
    return Row(
        hook=hook,
        last_fired=timeline.moment(latest.create_at, zone) if latest else None,
        is_fresh=now_ms() - hook.update_at < FRESH_MS,
    )


def _delivery_row(delivery: Delivery, zone: tzinfo) -> DeliveryRow:
    is_waiting = delivery.status == PENDING
    return DeliveryRow(
        delivery=delivery,
        at=timeline.moment(delivery.create_at, zone),
        receiver=urlsplit(delivery.url).netloc.rpartition("@")[2],
        next_try=timeline.moment(delivery.due_at, zone) if is_waiting else None,
    )


def _page(
    request: HttpRequest, team: Team, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    context = page_frame.sidebar(request, team) | {"integrations_page": True} | context
    name = "outgoing_webhook" if "hook" in context else "outgoing_webhooks"
    return render(request, f"integrations/{name}.html", context, status=status)
