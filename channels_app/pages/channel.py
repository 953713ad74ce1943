"""A channel, a direct channel, the way to a post."""

from datetime import date

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.people.models import User
from accounts.sessions.sign_in_page import signed_in
from channels_app.channels import channels, saying
from channels_app.membership import permissions
from channels_app.membership.models import DIRECT, Channel, Team
from channels_app.posts import posts
from channels_app.show import timeline, windows
from channels_app.show.page_frame import (
    Context,
    channel_of,
    person_named,
    person_of,
    sidebar,
    team_of,
    zone_of,
)
from channels_app.show.timeline import Line
from channels_app.show.windows import Window
from channels_app.unread import reading
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import is_id, new_id

_WINDOWS = {"before": windows.before, "after": windows.after, "around": windows.around}

# As long as the pages of a large channel take turns; Django keeps 300 answers at once.
KEPT_LINES_SECONDS = 15
LARGEST_KEPT_LINES = 64 * 1024

# --- Looking ------------------------------------------------------------------------------------------


@signed_in
@never_cache
@require_safe
def channel(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """GET /{team}/channels/{channel}: the latest posts; with ?before=, ?after= or ?around={post id} others.

    ?reply={post id} makes the message box one for a reply to that post.
    """
    team = team_of(request, team_name)
    return _channel_page(request, team, channel_of(request, team, channel_name))


@signed_in
@never_cache
@require_safe
def direct(request: HttpRequest, team_name: str, username: str) -> HttpResponse:
    """GET /{team}/messages/@{username}: the direct channel with that person, empty until it has a message."""
    team, other = team_of(request, team_name), person_named(username)
    shown = channels.find_direct(person_of(request), other)
    if shown is None:
        return _first_message_page(request, team, other)
    return _channel_page(request, team, shown)


@signed_in
@require_safe
def permalink(request: HttpRequest, team_name: str, post_id: str) -> HttpResponse:
    """GET /{team}/pl/{post}: on to the post in its channel, which may be another team's.

    404 for what is deleted, and alike for what the person may not see.
    """
    team = team_of(request, team_name)
    post = windows.find(actor=person_of(request), post_id=post_id)
    address = _address(request, post.channel.team or team, post.channel)
    return redirect(f"{address}?around={post.id}#post-{post.id}")


@signed_in
@never_cache
@require_safe
def new_posts(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """GET /{team}/channels/{channel}/new?after={post id}: what followed that post, at most a page of it.

    `hint` is the id of the post that the page has heard of.
    """
    team = team_of(request, team_name)
    return HttpResponse(_new_lines(request, team, channel_of(request, team, channel_name)))


# --- Reading and writing ------------------------------------------------------------------------------


@signed_in
@require_POST
def viewed(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """POST /{team}/channels/{channel}/viewed: the person has seen everything up to the post `post_id`."""
    team = team_of(request, team_name)
    shown = channel_of(request, team, channel_name)
    reading.mark_shown(
        user=person_of(request), channel=shown, post_id=request.POST.get("post_id", "")
    )
    if _is_from_a_script(request):
        return HttpResponse(status=204)
    return redirect(_address(request, team, shown))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """POST /{team}/channels/{channel}/say: posts the message, or says beside the box why it cannot be.

    Scripts get nothing (204), or only the reason. GET leads on to the channel, with its query.
    """
    team = team_of(request, team_name)
    shown = channel_of(request, team, channel_name)
    if request.method != "POST":
        return _back(request, _address(request, team, shown))
    try:
        saying.say(
            actor=person_of(request),
            channel=shown,
            message=_written(request),
            root_id=request.POST.get("root_id", ""),
            form_id=request.POST.get("pending_post_id", ""),
        )
    except AppError as refusal:
        if _is_from_a_script(request):
            return _reason(request, refusal)
        return _channel_page(request, team, shown, refusal=refusal)
    return _said(request, _address(request, team, shown))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def say_to_person(request: HttpRequest, team_name: str, username: str) -> HttpResponse:
    """POST /{team}/messages/@{username}/say: the first message to that person makes the direct channel.

    GET leads on to the page of the two, with its query.
    """
    team, other = team_of(request, team_name), person_named(username)
    if request.method != "POST":
        return _back(request, reverse("direct", args=[team.name, other.username]))
    try:
        saying.say_to_person(
            actor=person_of(request),
            other=other,
            message=_written(request),
            form_id=request.POST.get("pending_post_id", ""),
        )
    except AppError as refusal:
        if _is_from_a_script(request):
            return _reason(request, refusal)
        return _first_message_page(request, team, other, refusal=refusal)
    return _said(request, reverse("direct", args=[team.name, other.username]))


# --- What these pages are made of ----------------------------------------------------------------------


def _written(request: HttpRequest) -> str:
    return request.POST.get("message", "").replace("\r\n", "\n")


def _back(request: HttpRequest, address: str) -> HttpResponse:
    """A refused message leaves its page here: links on it that name only a query, and a reload, come back."""
    query = request.GET.urlencode()
    return redirect(f"{address}?{query}" if query else address)


def _said(request: HttpRequest, address: str) -> HttpResponse:
    return HttpResponse(status=204) if _is_from_a_script(request) else redirect(address)


def _reason(request: HttpRequest, refusal: AppError) -> HttpResponse:
    context = {"refusal": refusal}
    return render(request, "channels_app/_refusal.html", context, status=refusal.status)


def _channel_page(
    request: HttpRequest, team: Team, shown: Channel, *, refusal: AppError | None = None
) -> HttpResponse:
    if _is_from_a_script(request) and not request.GET.keys().isdisjoint(("before", "after")):
        return _more_lines(request, team, shown)
    window = _window(request, shown)
    context = sidebar(request, team) | _head(request, shown) | _ends(window)
    context |= _message_box(request, refusal) | _answered(request, shown)
    context |= {
        "channel": shown,
        "lines": timeline.lines(window.posts, channel=shown, zone=zone_of(request)),
        "newest_id": window.posts[0].id if window.posts else "",
        "marked_id": request.GET.get("around", ""),
    }
    status = refusal.status if refusal else 200
    return render(request, "channels_app/channel.html", context, status=status)


def _first_message_page(
    request: HttpRequest, team: Team, other: User, *, refusal: AppError | None = None
) -> HttpResponse:
    """The page of two people who have no direct channel yet."""
    context = sidebar(request, team) | _message_box(request, refusal)
    context |= {"other": other, "place": f"@{other.id}"}
    status = refusal.status if refusal else 200
    return render(request, "channels_app/channel.html", context, status=status)


def _window(request: HttpRequest, shown: Channel) -> Window:
    """The part of the channel that the address names, the latest posts unless it names one."""
    for name, window in _WINDOWS.items():
        if post_id := request.GET.get(name):
            found = window(shown, post_id)
            return found if found.posts or found.has_newer else windows.latest(shown)
    return windows.latest(shown)


def _ends(window: Window) -> Context:
    """The ids from which to go on to older and newer posts, empty where there are none."""
    return {
        "oldest_id": window.posts[-1].id if window.has_older else "",
        "newer_than_id": window.posts[0].id if window.has_newer and window.posts else "",
        "is_past": window.has_newer,
    }


def _more_lines(request: HttpRequest, team: Team, shown: Channel) -> HttpResponse:
    """The lines before or after those that a page shows, and the way on to others, for a script to add."""
    goes_back, zone = "before" in request.GET, zone_of(request)
    edge_id = request.GET["before" if goes_back else "after"]
    window = windows.before(shown, edge_id) if goes_back else windows.after(shown, edge_id)
    edge = windows.edge(shown, edge_id)
    lines = timeline.lines(
        window.posts, channel=shown, zone=zone, follows=None if goes_back else edge
    )
    context: Context = {"team": team, "lines": lines} | _ends(window)
    if goes_back:
        context["joined_day"] = _joined_day(lines, timeline.moment(edge.create_at, zone).date())
        return render(request, "channels_app/_older.html", context)
    return render(request, "channels_app/_newer.html", context)


def _joined_day(lines: list[Line], day: date) -> date | None:
    """The day whose heading moves up, because older posts of the same day now stand before it."""
    return day if lines and lines[-1].at.date() == day else None


def _new_lines(request: HttpRequest, team: Team, shown: Channel) -> str:
    """The lines that followed a post, made once for all pages that show the same and heard of the same post.

    They all ask within moments. Who knows of a post asks after it was stored, so an answer that holds it lacks
    nothing that its readers have heard of; for what comes later they ask with another hint.
    """
    after, hint = request.GET.get("after", ""), request.GET.get("hint", "")
    if not (is_id(after) and is_id(hint)):
        return _made_lines(request, team, shown, after)
    key = f"new_lines:{team.id}:{shown.id}:{after}:{hint}:{zone_of(request)}"
    if (kept := cache.get(key)) is not None:
        return str(kept)
    lines = _made_lines(request, team, shown, after)
    if f'id="post-{hint}"' in lines and len(lines) <= LARGEST_KEPT_LINES:
        cache.set(key, lines, KEPT_LINES_SECONDS)
    return lines


def _made_lines(request: HttpRequest, team: Team, shown: Channel, after: str) -> str:
    last = posts.find_in(shown, after)
    newest = posts.after(shown, last.id, limit=windows.SIZE) if last else posts.latest(shown)
    lines = timeline.lines(newest, channel=shown, zone=zone_of(request), follows=last)
    return render_to_string("channels_app/_lines.html", {"team": team, "lines": lines})


def _head(request: HttpRequest, shown: Channel) -> Context:
    """Who is in the channel, and under which name the browser keeps what is written here."""
    person = person_of(request)
    other = channels.other_of(shown, person) if shown.type == DIRECT else None
    return {
        "other": other,
        "place": f"@{other.id}" if other else shown.id,
        "member_count": channels.member_count(shown),
        "is_member": permissions.is_member(person, shown),
        "page_size": windows.SIZE,
    }


def _message_box(request: HttpRequest, refusal: AppError | None) -> Context:
    """The message box: empty, or with the message that was refused."""
    return {
        "refusal": refusal,
        "message": request.POST.get("message", "") if refusal else "",
        "no_commands": saying.no_commands(),
        "pending_post_id": f"{person_of(request).id}:{new_id()}",
    }


def _answered(request: HttpRequest, shown: Channel) -> Context:
    """The thread that the message box writes to: of ?reply=, or of a form that was refused."""
    post_id = request.POST.get("root_id") or request.GET.get("reply")
    if not post_id:
        return {}
    thread = timeline.thread(post_id, channel=shown)
    return {"thread": thread} if thread else {"refusal": saying.thread_gone()}


def _address(request: HttpRequest, team: Team, shown: Channel) -> str:
    if shown.type == DIRECT:
        other = channels.other_of(shown, person_of(request))
        return reverse("direct", args=[team.name, other.username])
    return reverse("channel", args=[team.name, shown.name])


def _is_from_a_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
