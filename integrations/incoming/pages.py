"""The pages on which people make, see, change and delete their incoming webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.people.models import User
from accounts.sessions.sign_in_page import signed_in
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Team
from channels_app.show import page_frame, timeline
from integrations.managed.hook_form import MOST_SUGGESTIONS
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from . import hooks
from .forms import IncomingWebhookForm
from .models import IncomingWebhook

HOOKS_ON_A_PAGE = 50
FRESH_MS = 60_000


@dataclass(frozen=True)
class Row:
    """A hook as the list shows it; a fresh one unfolds how to use it."""

    hook: IncomingWebhook
    url: str
    last_used: datetime | None
    is_fresh: bool


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_webhooks(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET and POST /{team}/account/integrations/incoming: the hooks, and a form for one more."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := why_unavailable(person, team):
        return _page(request, team, {"why_unavailable": reason})
    suggested = channels.open_to_user(person, team, limit=MOST_SUGGESTIONS)
    if request.method != "POST":
        return _list(request, team, IncomingWebhookForm(suggested=suggested))
    form = IncomingWebhookForm(request.POST, suggested=suggested)
    if form.is_valid() and _served(form, person, team, hooks.create):
        messages.success(request, "The webhook is ready. Keep its URL secret.")
        return redirect("incoming_webhooks", team.name)
    return _list(request, team, form, status=400)


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def incoming_webhook(request: HttpRequest, team_name: str, hook_id: str) -> HttpResponse:
    """GET and POST /{team}/account/integrations/incoming/{hook id}: the hook, and a form that changes it."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := why_unavailable(person, team):
        return _page(request, team, {"why_unavailable": reason}, status=403)
    hook = hooks.read(actor=person, hook_id=hook_id)
    if hook.team_id != team.id:
        raise Http404
    suggested = channels.open_to_user(person, team, limit=MOST_SUGGESTIONS)
    if request.method != "POST":
        return _own_page(request, hook, IncomingWebhookForm(suggested=suggested, hook=hook))
    form = IncomingWebhookForm(request.POST, suggested=suggested, hook=hook)
    # What is refused must not show on the page, so the service gets a row of its own.
    change = partial(hooks.update, hook=hooks.find(hook_id))
    if form.is_valid() and _served(form, person, team, change):
        messages.success(request, "The webhook is changed.")
        return redirect("incoming_webhook", team.name, hook_id)
    return _own_page(request, hook, form, status=400)


@signed_in
@require_POST
def delete_incoming_webhook(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/incoming/delete: the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hooks.delete(
        actor=page_frame.person_of(request), hook=hooks.find(request.POST.get("hook_id", ""))
    )
    messages.success(request, "The webhook is deleted. Its URL is refused from now on.")
    return redirect("incoming_webhooks", team.name)


def why_unavailable(person: User, team: Team) -> str:
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


def _served(
    form: IncomingWebhookForm, person: User, team: Team, serve: Callable[..., object]
) -> bool:
    """Did the service take what the form holds? If not, the form says why."""
    fields = dict(form.cleaned_data)
    handle = fields.pop("channel")
    try:
        channel = channels.read_by_name(actor=person, team=team, name=handle)
        serve(actor=person, channel=channel, **fields)
    except AppError as refusal:
        form.refuse(refusal)
        return False
    return True


def _list(
    request: HttpRequest, team: Team, form: IncomingWebhookForm, *, status: int = 200
) -> HttpResponse:
    page = page_frame.page_number(request)
    found = hooks.of_team(
        actor=page_frame.person_of(request),
        team=team,
        first=(page - 1) * HOOKS_ON_A_PAGE,
        limit=HOOKS_ON_A_PAGE + 1,
        newest_first=True,
    )
    zone = page_frame.zone_of(request)
    context = {
        "rows": [_row(hook, zone) for hook in found[:HOOKS_ON_A_PAGE]],
        "form": form,
    } | page_frame.pager(page, has_more=len(found) > HOOKS_ON_A_PAGE)
    return _page(request, team, context, status=status)


def _own_page(
    request: HttpRequest, hook: IncomingWebhook, form: IncomingWebhookForm, *, status: int = 200
) -> HttpResponse:
    rows = [_row(hook, page_frame.zone_of(request))]
    context = {"hook": hook, "rows": rows, "form": form}
    return _page(request, hook.team, context, status=status)


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
    context = page_frame.sidebar(request, team) | context
    context |= {
        "integrations_page": True,
        # Without a site URL only the browser knows the address that this server was reached at.
        "url_is_path": not get_config().ServiceSettings.SiteURL,
    }
    name = "incoming_webhook" if "hook" in context else "incoming_webhooks"
    return render(request, f"integrations/{name}.html", context, status=status)
