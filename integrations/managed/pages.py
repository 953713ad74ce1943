"""The pages on which people make, see, change and delete the hooks of a kind: one list, one page for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, re_path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.people.models import User
from accounts.sessions.sign_in_page import signed_in
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from channels_app.show import page_frame, timeline
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from .forms import MOST_SUGGESTIONS, HookForm
from .kind import Kind
from .models import ManagedHook

HOOKS_ON_A_PAGE = 50
FRESH_MS = 60_000
ONE_HOOK = r"(?P<hook_id>[a-z0-9]{26})"


@dataclass(frozen=True)
class Row:
    """A hook as the list shows it, with the secret that its owner needs; a fresh one unfolds how to use it.

    `recently` says what it did in the last 24 hours, `without_owner` what becomes of it once its owner has
    gone.
    """

    hook: ManagedHook
    secret: str
    last_acted: datetime | None
    is_fresh: bool
    recently: str
    without_owner: str


@dataclass(frozen=True)
class Pages:
    """What the pages of a kind have of their own.

    `service` is the kind's module `hooks`. `name` names one hook in addresses and templates: `part` shows it,
    `actions` stand beside Delete and `log` below. `title` and what follows it is said to people; `about` may
    name the {owner}.
    `shown(hooks, zone)` gives the template its `rows` and what `part` and `log` need beside;
    `shown_alone(hook, zone)` what `part` and `actions` show on the hook's own page only.
    """

    service: Any
    form: type[HookForm]
    shown: Callable[[Sequence[Any], tzinfo], page_frame.Context]
    name: str
    title: str
    lead: str
    about: str
    made: str
    deleted: str
    if_deleted: str
    shown_alone: Callable[[Any, tzinfo], page_frame.Context] = lambda hook, zone: {}
    actions: tuple[str, ...] = ()
    log: str = ""

    @property
    def kind(self) -> Kind[Any]:
        """The kind, as its service declares it."""
        kind: Kind[Any] = self.service.KIND
        return kind

    @property
    def part(self) -> str:
        """The template that shows one hook, in the list and on its own page."""
        return f"integrations/_{self.name}.html"

    @property
    def one(self) -> str:
        """What people call one of the kind."""
        return self.name.replace("_", " ")

    @property
    def list_name(self) -> str:
        """The address of the list."""
        return f"{self.name}s"

    @property
    def delete_name(self) -> str:
        """The address that deletes."""
        return f"delete_{self.name}"

    def hook_of(self, request: HttpRequest, team: Team, hook_id: str) -> Any:
        """The hook of this team, for those who may manage it; else 404 or 403."""
        hook = self.kind.read(actor=page_frame.person_of(request), hook_id=hook_id)
        if hook.team_id != team.id:
            raise Http404
        return hook

    def urls(self, address: str) -> list[URLPattern]:
        """The routes of these pages below `address`."""
        of = {"of": self}
        return [
            re_path(rf"{address}$", hook_list, of, name=self.list_name),
            re_path(rf"{address}/{ONE_HOOK}$", one_hook, of, name=self.name),
            re_path(rf"{address}/delete$", delete, of, name=self.delete_name),
        ]


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hook_list(request: HttpRequest, team_name: str, of: Pages) -> HttpResponse:
    """GET and POST /{team}/account/integrations/{kind}: the hooks, and a form for one more."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := why_unavailable(of.kind, person, team):
        return _page(request, team, of, {"why_unavailable": reason})
    offered = suggested(of.kind, person, team)
    if request.method != "POST":
        return _list(request, team, of, of.form(suggested=offered))
    form = of.form(request.POST, suggested=offered)
    # A hook with a channel is of the channel's team.
    create = of.service.create if of.kind.needs_channel else partial(of.service.create, team=team)
    if form.is_valid() and _served(form, person, team, create):
        messages.success(request, of.made)
        return redirect(of.list_name, team.name)
    return _list(request, team, of, form, status=400)


@signed_in
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one_hook(request: HttpRequest, team_name: str, hook_id: str, of: Pages) -> HttpResponse:
    """GET and POST /{team}/account/integrations/{kind}/{hook id}: the hook, and a form that changes it."""
    team, person = page_frame.team_of(request, team_name), page_frame.person_of(request)
    if reason := why_unavailable(of.kind, person, team):
        return _page(request, team, of, {"why_unavailable": reason}, status=403)
    hook = of.hook_of(request, team, hook_id)
    offered = suggested(of.kind, person, team)
    if request.method != "POST":
        return _own_page(request, hook, of, of.form(suggested=offered, hook=hook))
    form = of.form(request.POST, suggested=offered, hook=hook)
    # What is refused must not show on the page, so the service gets a row of its own; what the form does not
    # ask for stays.
    kept = {name: getattr(hook, name) for name in of.kind.said}
    change = partial(of.service.update, hook=of.kind.find(hook_id), **kept)
    if form.is_valid() and _served(form, person, team, change):
        messages.success(request, "The webhook is changed.")
        return redirect(of.name, team.name, hook_id)
    return _own_page(request, hook, of, form, status=400)


@signed_in
@require_POST
def delete(request: HttpRequest, team_name: str, of: Pages) -> HttpResponse:
    """POST /{team}/account/integrations/{kind}/delete: the hook that `hook_id` names."""
    team = page_frame.team_of(request, team_name)
    hook = of.kind.find(request.POST.get("hook_id", ""))
    of.kind.delete(actor=page_frame.person_of(request), hook=hook)
    messages.success(request, of.deleted)
    return redirect(of.list_name, team.name)


def why_unavailable(kind: Kind[Any], person: User, team: Team) -> str:
    """Why this person cannot manage hooks of this kind in the team, in words; "" if they can."""
    if not kind.is_enabled:
        return (
            f"{kind.words} are switched off. A system administrator can switch them on in the "
            "System Console, under Integration Management."
        )
    if not permissions.may(person, kind.manage, team=team):
        return (
            f"Only administrators of this team or of the server may manage {kind.words.lower()}. Ask one "
            "of them to make the webhook for you."
        )
    return ""


def suggested(kind: Kind[Any], person: User, team: Team) -> list[Channel]:
    """Channels that a form offers for hooks of this kind while somebody types; others may be typed as well."""
    offered = channels.open_to_user(person, team, limit=MOST_SUGGESTIONS)
    return [one for one in offered if kind.needs_channel or one.is_open]


def row(
    hook: ManagedHook,
    *,
    secret: str,
    acted_at: int,
    fresh_from: int,
    zone: tzinfo,
    recently: str = "",
    without_owner: str = "",
) -> Row:
    """The hook as the list shows it; `acted_at` is when it last did something (ms), 0 for never."""
    return Row(
        hook=hook,
        secret=secret,
        last_acted=timeline.moment(acted_at, zone) if acted_at else None,
        is_fresh=now_ms() - fresh_from < FRESH_MS,
        recently=recently,
        without_owner=without_owner,
    )


def _served(form: HookForm, person: User, team: Team, serve: Callable[..., object]) -> bool:
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
    request: HttpRequest, team: Team, of: Pages, form: HookForm, *, status: int = 200
) -> HttpResponse:
    page = page_frame.page_number(request)
    found = of.kind.of_team(
        actor=page_frame.person_of(request),
        team=team,
        first=(page - 1) * HOOKS_ON_A_PAGE,
        limit=HOOKS_ON_A_PAGE + 1,
        newest_first=True,
    )
    context = of.shown(found[:HOOKS_ON_A_PAGE], page_frame.zone_of(request)) | {"form": form}
    context |= page_frame.pager(page, has_more=len(found) > HOOKS_ON_A_PAGE)
    return _page(request, team, of, context, status=status)


def _own_page(
    request: HttpRequest, hook: ManagedHook, of: Pages, form: HookForm, *, status: int = 200
) -> HttpResponse:
    zone = page_frame.zone_of(request)
    context = of.shown([hook], zone) | of.shown_alone(hook, zone) | {"form": form}
    context |= {"hook": hook, "about": of.about.format(owner=hook.owner.username)}
    return _page(request, hook.team, of, context, status=status)


def _page(
    request: HttpRequest, team: Team, of: Pages, context: page_frame.Context, *, status: int = 200
) -> HttpResponse:
    context = page_frame.sidebar(request, team) | {"integrations_page": True, "of": of} | context
    template = "integrations/one_hook.html" if "hook" in context else "integrations/hooks.html"
    return render(request, template, context, status=status)
