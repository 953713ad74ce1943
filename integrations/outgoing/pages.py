"""The page on which people make, see and delete their outgoing webhooks, and what those delivered."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from channels_app import channels, page_frame, permissions, timeline
from channels_app.models import PUBLIC, Channel, Team
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from . import hooks
from .forms import OutgoingWebhookForm
from .models import PENDING, Delivery, OutgoingWebhook

MOST_SHOWN = 200
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


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outgoing_webhooks(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET and POST /{team}/account/integrations/outgoing: the hooks, and a form for one more."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := obstacle(person, team):
        return _page(request, team, {"obstacle": reason})
    offered = Channel.objects.filter(team=team, type=PUBLIC, delete_at=0).order_by("display_name")
    if request.method != "POST":
        return _list(request, team, OutgoingWebhookForm(channels=offered))
    form = OutgoingWebhookForm(request.POST, channels=offered)
    if form.is_valid() and _created(form, person, team):
        messages.success(request, "The webhook is ready. Give its token to the program it calls.")
        return redirect("outgoing_webhooks", team.name)
    return _list(request, team, form, status=400)


@login_required
@require_POST
def delete_outgoing_webhook(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/outgoing/delete: the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hooks.delete(
        actor=page_frame.person_of(request), hook=hooks.find(request.POST.get("hook_id", ""))
    )
    messages.success(request, "The webhook is deleted. It fires no more.")
    return redirect("outgoing_webhooks", team.name)


@login_required
@require_POST
def regenerate_token(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/outgoing/regenerate_token: of the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hooks.regenerate_token(
        actor=page_frame.person_of(request), hook=hooks.find(request.POST.get("hook_id", ""))
    )
    messages.success(request, "The webhook has a new token. The old one is no longer sent.")
    return redirect("outgoing_webhooks", team.name)


def obstacle(person: User, team: Team) -> str:
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


def _created(form: OutgoingWebhookForm, person: User, team: Team) -> bool:
    fields = dict(form.cleaned_data)
    channel_id = fields.pop("channel")
    try:
        channel = channels.find_shared(channel_id) if channel_id else None
        hooks.create(actor=person, team=team, channel=channel, **fields)
    except AppError as refusal:
        form.add_error(None, f"{refusal.message} {refusal.detail}".strip())
        return False
    return True


def _list(
    request: HttpRequest, team: Team, form: OutgoingWebhookForm, *, status: int = 200
) -> HttpResponse:
    found = hooks.of_team(actor=page_frame.person_of(request), team=team, limit=MOST_SHOWN + 1)
    zone = page_frame.zone_of(request)
    deliveries = Delivery.objects.filter(hook__in=[hook.id for hook in found])
    recent = deliveries.select_related("hook").order_by("-id")[:RECENT_DELIVERIES]
    fired = dict(deliveries.values_list("hook_id").annotate(Max("create_at")))
    context = {
        "rows": [_row(hook, fired.get(hook.id), zone) for hook in found[:MOST_SHOWN]],
        "most_shown": MOST_SHOWN if len(found) > MOST_SHOWN else 0,
        "deliveries": [_delivery_row(delivery, zone) for delivery in recent],
        "form": form,
    }
    return _page(request, team, context, status=status)


def _row(hook: OutgoingWebhook, fired_at: int | None, zone: tzinfo) -> Row:
    return Row(
        hook=hook,
        last_fired=timeline.moment(fired_at, zone) if fired_at else None,
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
    return render(request, "integrations/outgoing_webhooks.html", context, status=status)
