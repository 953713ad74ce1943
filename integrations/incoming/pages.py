"""What the pages of incoming webhooks have of their own: URLs, and what became of the calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.sessions.sign_in_page import signed_in
from channels_app.show import page_frame, timeline
from integrations.managed import pages
from integrations.managed.forms import HookForm
from mattermost_hooks.console.config import get_config

from . import call_log, hooks
from .models import POSTED, REFUSED, IncomingCall, IncomingWebhook

CALLS_ON_A_PAGE = 50


@dataclass(frozen=True)
class CallRow:
    """A call as the page shows it."""

    call: IncomingCall
    at: datetime


class IncomingWebhookForm(HookForm):
    """Asks for what the kind declares."""

    kind = hooks.KIND
    channel_help = "The name of the channel for messages that name none themselves."
    field_order = ("display_name", "channel", "description", "username", "icon_url")


@signed_in
@never_cache
@require_safe
def calls(request: HttpRequest, team_name: str, hook_id: str) -> HttpResponse:
    """GET /{team}/account/integrations/incoming/{hook id}/calls: what became of its calls, newest first."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    hook = hooks.find(hook_id)
    if hook.team_id != team.id:
        raise Http404
    asked = {name: request.GET.get(name, "") for name in ("before", "outcome")}
    found = call_log.of_hook(actor=person, hook=hook, **asked, limit=CALLS_ON_A_PAGE + 1)
    shown, zone = found[:CALLS_ON_A_PAGE], page_frame.zone_of(request)
    context = page_frame.sidebar(request, team) | {
        "integrations_page": True,
        "of": PAGES,
        "hook": hook,
        **asked,
        "outcomes": (POSTED, REFUSED),
        "rows": [CallRow(call, timeline.moment(call.create_at, zone)) for call in shown],
        "older": shown[-1].id if len(found) > len(shown) else "",
        "kept_days": get_config().DataRetentionSettings.IncomingCallRetentionDays,
        "most": f"{call_log.MOST_CALLS:,}",
    }
    return render(request, "integrations/calls.html", context)


def _shown(found: Sequence[IncomingWebhook], zone: tzinfo) -> page_frame.Context:
    site_url = get_config().ServiceSettings.SiteURL
    calls_of = call_log.counts_of_last_day(found)
    rows = [
        pages.row(
            hook,
            secret=hooks.url_of(hook, site_url),
            acted_at=hook.last_used,
            fresh_from=hook.create_at,
            zone=zone,
            recently=_in_words(calls_of[hook.id]),
        )
        for hook in found
    ]
    # Without a site URL only the browser knows the address that this server was reached at.
    return {"rows": rows, "url_is_path": not site_url}


def _in_words(count: int) -> str:
    if count > call_log.MOST_COUNTED:
        return f"more than {call_log.MOST_COUNTED:,} in the last 24 hours"
    return f"{count or 'none'} in the last 24 hours"


PAGES = pages.Pages(
    service=hooks,
    form=IncomingWebhookForm,
    shown=_shown,
    name="incoming_webhook",
    title="Incoming Webhooks",
    lead="Let a program post into a channel: it sends JSON to an address made for it.",
    about=(
        "Programs post to its URL; what they send appears in its channel as written by {owner}, marked as "
        "BOT. Whoever knows the URL may post."
    ),
    made="The webhook is ready. Keep its URL secret.",
    deleted="The webhook is deleted. Its URL is refused from now on.",
    if_deleted="Programs that use its URL will be refused. This cannot be undone.",
)
