"""What the pages of outgoing webhooks have of their own: tokens, and what the hooks delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.sessions.sign_in_page import signed_in
from channels_app.show import page_frame, timeline
from integrations.delivery import log, signing_secrets
from integrations.delivery_log import pages as log_pages
from integrations.managed import pages
from mattermost_hooks.records import now_ms

from . import hooks
from .forms import OutgoingWebhookForm
from .models import OutgoingWebhook

RECENT_DELIVERIES = 20


@dataclass(frozen=True)
class Signing:
    """How a hook signs: its secret, or why it has none, and until when those before it sign, too."""

    secret: str
    why_not: str
    earlier_until: Sequence[datetime]


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


@signed_in
@require_POST
def regenerate_signing_secret(request: HttpRequest, team_name: str) -> HttpResponse:
    """POST /{team}/account/integrations/outgoing/regenerate_signing_secret: of the hook `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hook = hooks.find(request.POST.get("hook_id", ""))
    hooks.regenerate_signing_secret(actor=page_frame.person_of(request), hook=hook)
    messages.success(request, "The webhook has a new signing secret.")
    return redirect("outgoing_webhook", team.name, hook.id)


def _shown(found: Sequence[OutgoingWebhook], zone: tzinfo) -> page_frame.Context:
    """Hooks as the page shows them, and their latest deliveries."""
    by_id = {hook.id: hook for hook in found}
    latest = log.latest_of_each(OutgoingWebhook, by_id)
    recent = log.most_recent(latest.values(), limit=RECENT_DELIVERIES)
    fired_at = {hook_id: delivery.create_at for hook_id, delivery in latest.items()}
    rows = [
        pages.row(
            hook,
            secret=hook.token,
            acted_at=fired_at.get(hook.id, 0),
            fresh_from=hook.update_at,
            zone=zone,
        )
        for hook in found
    ]
    return {
        "rows": rows,
        "deliveries": [log_pages.row(one, by_id[one.owner_id], zone) for one in recent],
        "notices": [
            notice for hook in found for notice in log_pages.notices(hook, hook.callback_urls, zone)
        ],
    }


def _signing(hook: OutgoingWebhook, zone: tzinfo) -> page_frame.Context:
    """The hook's signing secret, for its own page."""
    valid = signing_secrets.valid(hook.sealed_secrets, now=now_ms())
    return {
        "signing": Signing(
            secret=valid[0].text if valid else "",
            why_not="" if valid else signing_secrets.CANNOT_SIGN,
            earlier_until=[timeline.moment(one.until, zone) for one in valid[1:]],
        )
    }


PAGES = pages.Pages(
    name="outgoing_webhook",
    service=hooks,
    form=OutgoingWebhookForm,
    shown=_shown,
    shown_alone=_signing,
    actions=("integrations/_regenerate.html", "integrations/_regenerate_signing_secret.html"),
    log="integrations/_deliveries.html",
    title="Outgoing Webhooks",
    lead=(
        "Tell a program about posts in a channel, or about posts that begin with a trigger word. What it "
        "answers is posted."
    ),
    about=(
        "Posts that it fires on are sent to its callback URLs, with its token and signed; what a program "
        "answers is posted as {owner}. What became of each delivery stands at the end of this page."
    ),
    made="The webhook is ready. Give its token to the program it calls.",
    deleted="The webhook is deleted. It fires no more.",
    if_deleted="Its callback URLs will hear nothing more. This cannot be undone.",
)
