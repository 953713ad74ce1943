"""The delivery log of a hook on its own pages: what was sent to whom, every attempt, and once more."""

import json
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions.sign_in_page import signed_in
from channels_app.show import page_frame, timeline
from integrations.delivery import log, troubles
from integrations.delivery.endpoints import receiver_of
from integrations.delivery.models import FAILED, PENDING, Attempt, Delivery, Trouble
from integrations.managed.models import ManagedHook
from integrations.managed.pages import ONE_HOOK, Pages
from mattermost_hooks.records import now_ms

from . import reading

DELIVERIES_ON_A_PAGE = 50
HOUR_MS = 60 * 60 * 1000
# What a person may choose to start over with: hours back.
HOURS_BACK = ((1, "the last hour"), (24, "the last day"), (72, "the last three days"))
ONE_DELIVERY = r"(?P<delivery_id>[a-z0-9]{26})"


@dataclass(frozen=True)
class Row:
    """A delivery as a list shows it; `next_try` only while there will be one."""

    delivery: Delivery
    hook: ManagedHook
    at: datetime
    receiver: str
    next_try: datetime | None


@dataclass(frozen=True)
class AttemptRow:
    """A try as a page shows it."""

    attempt: Attempt
    at: datetime
    parts: str


@dataclass(frozen=True)
class Notice:
    """An address of a hook that fails, or is switched off for that."""

    trouble: Trouble
    since: datetime
    is_off: bool


def row(delivery: Delivery, hook: ManagedHook, zone: tzinfo) -> Row:
    """The delivery as lists show it."""
    due_at = max(delivery.due_at, delivery.create_at)
    return Row(
        delivery=delivery,
        hook=hook,
        at=timeline.moment(delivery.create_at, zone),
        receiver=receiver_of(delivery.url),
        next_try=timeline.moment(due_at, zone) if delivery.status == PENDING else None,
    )


def notices(hook: ManagedHook, urls: list[str], zone: tzinfo) -> list[Notice]:
    """Those of these addresses of a hook that fail for long, or are switched off."""
    return [
        Notice(trouble, timeline.moment(trouble.since, zone), is_off=trouble.ended_at > 0)
        for trouble in troubles.of_owner(hook.id)
        if trouble.url in urls and (trouble.ended_at or trouble.told)
    ]


def urls(address: str, of: Pages) -> list[URLPattern]:
    """The routes of the log below the pages of a hook."""
    hook, more = f"{address}/{ONE_HOOK}", {"of": of}
    return [
        re_path(rf"{hook}/deliveries$", deliveries, more, name=f"{of.name}_deliveries"),
        re_path(rf"{hook}/deliveries/again$", failed_again, more, name=f"{of.name}_failed_again"),
        re_path(
            rf"{hook}/deliveries/{ONE_DELIVERY}$", one_delivery, more, name=f"{of.name}_delivery"
        ),
        re_path(rf"{hook}/deliveries/{ONE_DELIVERY}/again$", again, more, name=f"{of.name}_again"),
        re_path(rf"{hook}/switch_on$", switch_on, more, name=f"{of.name}_switch_on"),
    ]


@signed_in
@never_cache
@require_safe
def deliveries(request: HttpRequest, team_name: str, hook_id: str, of: Pages) -> HttpResponse:
    """GET /{team}/account/integrations/{kind}/{hook id}/deliveries?status=&before=: newest first."""
    team, zone = page_frame.team_of(request, team_name), page_frame.zone_of(request)
    hook = of.hook_of(request, team, hook_id)
    status, before = request.GET.get("status", ""), request.GET.get("before", "")
    found = reading.of_hook(
        actor=page_frame.person_of(request),
        kind=of.kind,
        hook=hook,
        before=before,
        status=status,
        limit=DELIVERIES_ON_A_PAGE + 1,
    )
    shown = found[:DELIVERIES_ON_A_PAGE]
    context = {
        "deliveries": [row(one, hook, zone) for one in shown],
        "older": shown[-1].id if len(found) > len(shown) else "",
        "status": status,
        "states": reading.STATES,
        "hours_back": HOURS_BACK,
        "before": before,
    }
    return _page(request, "integrations/deliveries.html", hook, of, context)


@signed_in
@never_cache
@require_safe
def one_delivery(
    request: HttpRequest, team_name: str, hook_id: str, delivery_id: str, of: Pages
) -> HttpResponse:
    """GET …/deliveries/{delivery id}: what was sent, every attempt, and what was answered."""
    team, zone = page_frame.team_of(request, team_name), page_frame.zone_of(request)
    hook = of.hook_of(request, team, hook_id)
    whole = reading.one(
        actor=page_frame.person_of(request),
        kind=of.kind,
        hook=hook,
        delivery_id=delivery_id,
    )
    context = {
        "row": row(whole.delivery, hook, zone),
        "may_read": whole.may_read,
        "payload": json.dumps(whole.delivery.payload, indent=2, ensure_ascii=False),
        "attempts": [
            AttemptRow(one, timeline.moment(one.create_at, zone), log.parts_in_words(one))
            for one in whole.attempts
        ],
    }
    return _page(request, "integrations/delivery.html", hook, of, context)


@signed_in
@require_POST
def again(
    request: HttpRequest, team_name: str, hook_id: str, delivery_id: str, of: Pages
) -> HttpResponse:
    """POST …/deliveries/{delivery id}/again: deliver it once more."""
    team = page_frame.team_of(request, team_name)
    hook = of.hook_of(request, team, hook_id)
    reading.deliver_again(
        actor=page_frame.person_of(request),
        kind=of.kind,
        hook=hook,
        delivery_id=delivery_id,
    )
    messages.success(request, "It is being delivered again.")
    return redirect(f"{of.name}_delivery", team.name, hook.id, delivery_id)


@signed_in
@require_POST
def failed_again(request: HttpRequest, team_name: str, hook_id: str, of: Pages) -> HttpResponse:
    """POST …/deliveries/again: all that were given up within `hours`, one of those that are offered."""
    team = page_frame.team_of(request, team_name)
    hook = of.hook_of(request, team, hook_id)
    offered = {str(hours): hours for hours, _ in HOURS_BACK}
    hours = offered.get(request.POST.get("hours", ""), HOURS_BACK[0][0])
    begun = reading.deliver_failed_again(
        actor=page_frame.person_of(request),
        kind=of.kind,
        hook=hook,
        since=now_ms() - hours * HOUR_MS,
    )
    messages.success(request, f"Being delivered again: {begun}.")
    return redirect(f"{of.name}_deliveries", team.name, hook.id)


@signed_in
@require_POST
def switch_on(request: HttpRequest, team_name: str, hook_id: str, of: Pages) -> HttpResponse:
    """POST …/switch_on: call the address `url` again that was switched off."""
    team = page_frame.team_of(request, team_name)
    hook = of.hook_of(request, team, hook_id)
    reading.switch_on(
        actor=page_frame.person_of(request),
        kind=of.kind,
        hook=hook,
        url=request.POST.get("url", ""),
    )
    messages.success(request, "The address is called again from now on.")
    return redirect(of.name, team.name, hook.id)


def _page(
    request: HttpRequest, template: str, hook: ManagedHook, of: Pages, context: dict[str, Any]
) -> HttpResponse:
    frame = page_frame.sidebar(request, hook.team) | {"integrations_page": True}
    names = {
        "hook": hook,
        "of": of,
        "failed": FAILED,
        "log_name": f"{of.name}_deliveries",
        "one_name": f"{of.name}_delivery",
        "again_name": f"{of.name}_again",
        "failed_again_name": f"{of.name}_failed_again",
    }
    return render(request, template, frame | names | context)
