"""What the pages of outgoing webhooks have of their own: tokens, what was delivered, and why nothing was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.people.models import User
from accounts.sessions.sign_in_page import signed_in
from channels_app.channels import channels
from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Post
from channels_app.show import excerpts, page_frame, timeline
from integrations.delivery import log, signing_secrets
from integrations.delivery.models import FAILED
from integrations.delivery_log import pages as log_pages
from integrations.managed import pages
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from . import explanation, hooks, rules
from .explanation import Explanation
from .forms import AskForm, OutgoingWebhookForm
from .models import OutgoingWebhook

RECENT_DELIVERIES = 20
POSTS_TO_CHOOSE_FROM = 10
FIRST_CHANNEL = "town-square"


@dataclass(frozen=True)
class PostRow:
    """A post to ask about."""

    id: str
    name: str
    at: datetime
    excerpt: str


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


@signed_in
@never_cache
@require_safe
def explain(request: HttpRequest, team_name: str, hook_id: str) -> HttpResponse:
    """GET /{team}/account/integrations/outgoing/{hook id}/explain?post=…: why the post fired it, or did not.

    `post` is an id or a link that holds one. To choose from, there are the last posts of the channel with the
    handle `channel`, unless told that of the post, of the hook or Town Square.
    """
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    hook = hooks.find(hook_id)
    hooks.KIND.require_managing(person, hook)
    if hook.team_id != team.id:
        raise Http404
    offered = pages.suggested(hooks.KIND, person, team)
    form = AskForm(request.GET or None, suggested=offered)
    form.is_valid()
    found = _explanation(form, person, hook)
    channel = _channel_to_choose_from(form, person, hook, found)
    zone = page_frame.zone_of(request)
    context = page_frame.sidebar(request, team) | {
        "integrations_page": True,
        "of": PAGES,
        "hook": hook,
        "form": form,
        "found": found,
        "listed": channel,
    }
    if channel:
        latest = posts.latest(channel, limit=POSTS_TO_CHOOSE_FROM)
        context["latest"] = _post_rows(latest, channel, zone)
    if found:
        context["asked"] = _post_rows([found.post], found.post.channel, zone)[0]
        context["went_well"] = found.fired and not any(
            one.status == FAILED for one in found.deliveries
        )
        context["deliveries"] = [log_pages.row(one, hook, zone) for one in found.deliveries]
    status = 400 if form.errors else 200
    return render(request, "integrations/explain.html", context, status=status)


def _explanation(form: AskForm, person: User, hook: OutgoingWebhook) -> Explanation | None:
    """What is known of the post that the form names; if nothing is, the form says why."""
    post_id = form.cleaned_data.get("post") if form.is_bound else ""
    try:
        return explanation.explain(actor=person, hook=hook, post_id=post_id) if post_id else None
    except AppError as refusal:
        form.refuse(refusal)
        return None


def _channel_to_choose_from(
    form: AskForm, person: User, hook: OutgoingWebhook, found: Explanation | None
) -> Channel | None:
    handle = form.cleaned_data.get("channel") if form.is_bound else ""
    near = found.post.channel if found else hook.channel
    default = near.name if near and near.team_id == hook.team_id else FIRST_CHANNEL
    try:
        return channels.read_by_name(actor=person, team=hook.team, name=handle or default)
    except AppError as refusal:
        if handle:
            form.refuse(refusal)
        return None


def _post_rows(newest_first: Sequence[Post], channel: Channel, zone: tzinfo) -> list[PostRow]:
    lines = timeline.lines(newest_first, channel=channel, zone=zone)
    return [
        PostRow(
            id=line.id,
            name=line.name,
            at=line.at,
            excerpt=excerpts.of_html(line.body) or "a message without text",
        )
        for line in reversed(lines)
    ]


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
            without_owner=_without_creator(hook),
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


def _without_creator(hook: OutgoingWebhook) -> str:
    """What becomes of a hook whose creator has gone; "" while the creator is there."""
    if rules.has_its_creator(hook):
        return ""
    return (
        rules.why_it_rests(hook) or "Its creator is no longer in the team. It goes on all the same."
    )


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
    actions=(
        "integrations/_explain.html",
        "integrations/_regenerate.html",
        "integrations/_regenerate_signing_secret.html",
    ),
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
