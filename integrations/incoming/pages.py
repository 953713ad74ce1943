"""The page on which people make, see and delete their incoming webhooks."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
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
from .forms import IncomingWebhookForm
from .models import IncomingWebhook

MOST_SHOWN = 200
FRESH_MS = 60_000


@dataclass(frozen=True)
class Row:
    """A hook as the list shows it; a fresh one unfolds how to use it."""

    hook: IncomingWebhook
    url: str
    last_used: datetime | None
    is_fresh: bool


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_webhooks(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET and POST /{team}/account/integrations/incoming: the hooks, and a form for one more."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := obstacle(person, team):
        return _page(request, team, {"obstacle": reason})
    offered = _channels(person, team)
    if request.method != "POST":
        return _list(request, team, IncomingWebhookForm(channels=offered))
    form = IncomingWebhookForm(request.POST, channels=offered)
    if form.is_valid() and _created(form, person):
        messages.success(request, "The webhook is ready. Keep its URL secret.")
        return redirect("incoming_webhooks", team.name)
    return _list(request, team, form, status=400)


@login_required
@require_POST
def delete_incoming_webhook(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/incoming/delete: the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hooks.delete(
        actor=page_frame.person_of(request), hook=hooks.find(request.POST.get("hook_id", ""))
    )
    messages.success(request, "The webhook is deleted. Its URL is refused from now on.")
    return redirect("incoming_webhooks", team.name)


def obstacle(person: User, team: Team) -> str:
    """Why this person cannot manage incoming webhooks of the team, in words; "" if they can."""
    if not get_config().ServiceSettings.EnableIncomingWebhooks:
        return (
            "Incoming webhooks are switched off. A system administrator can switch them on in the "
            "System Console, under Integration Management."
        )
    if not permissions.may(person, "manage_incoming_webhooks", team=team):
        return (
            "Only administrators of this team or of the server may manage incoming webhooks. Ask one "
            "of them to make the webhook for you."
        )
    return ""


def _channels(person: User, team: Team) -> list[Channel]:
    """The channels a hook may post to: the public ones, and private ones the person is in."""
    public = Channel.objects.filter(team=team, type=PUBLIC, delete_at=0)
    offered = {*public, *channels.of_user_in_team(person, team)}
    return sorted(offered, key=lambda channel: str(channel).lower())


def _created(form: IncomingWebhookForm, person: User) -> bool:
    fields = dict(form.cleaned_data)
    try:
        hooks.create(actor=person, channel=channels.find_shared(fields.pop("channel")), **fields)
    except AppError as refusal:
        form.add_error(None, f"{refusal.message} {refusal.detail}".strip())
        return False
    return True


def _list(
    request: HttpRequest, team: Team, form: IncomingWebhookForm, *, status: int = 200
) -> HttpResponse:
    found = hooks.of_team(actor=page_frame.person_of(request), team=team, limit=MOST_SHOWN + 1)
    zone = page_frame.zone_of(request)
    context = {
        "rows": [_row(hook, zone) for hook in found[:MOST_SHOWN]],
        # Without a site URL only the browser knows the address that this server was reached at.
        "url_is_path": not get_config().ServiceSettings.SiteURL,
        "most_shown": MOST_SHOWN if len(found) > MOST_SHOWN else 0,
        "form": form,
    }
    return _page(request, team, context, status=status)


def _row(hook: IncomingWebhook, zone: tzinfo) -> Row:
    return Row(
        hook=hook,
        url=hooks.url_of(hook, get_config().ServiceSettings.SiteURL),
        last_used=timeline.moment(hook.last_used, zone) if hook.last_used else None,
        is_fresh=now_ms() - hook.create_at < FRESH_MS,
    )


def _page(
    request: HttpRequest, team: Team, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    context = page_frame.sidebar(request, team) | {"integrations_page": True} | context
    return render(request, "integrations/incoming_webhooks.html", context, status=status)
