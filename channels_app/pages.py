"""The pages people talk on: a channel, a direct channel, the channels of a team."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import users
from accounts.models import User
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import is_id, new_id

from . import channels, permissions, posts, reading, teams, timeline
from .models import DIRECT, Channel, Post, Team
from .page_frame import (
    Context,
    other_of,
    page_number,
    pager,
    person_of,
    sidebar,
    team_of,
    zone_of,
)

PAGE_SIZE = 60
CHANNELS_ON_A_PAGE = 50
# As long as the pages of a large channel take turns; Django keeps 300 answers at once.
KEPT_LINES_SECONDS = 15
LARGEST_KEPT_LINES = 64 * 1024
FIRST_CHANNEL = "town-square"
A_YEAR = 365 * 24 * 60 * 60

# --- Where to begin -----------------------------------------------------------------------------------


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """GET /: on to the first team of the person, or a word for who is in none."""
    mine = teams.of_user(person_of(request), limit=1)
    if not mine:
        return render(request, "channels_app/no_team.html", {"person": person_of(request)})
    return redirect("channel", mine[0].name, FIRST_CHANNEL)


@login_required
@require_safe
def team_start(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET /{team}: on to its first channel."""
    return redirect("channel", team_of(request, team_name).name, FIRST_CHANNEL)


# --- A channel ----------------------------------------------------------------------------------------


@login_required
@never_cache
@require_safe
def channel(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """GET /{team}/channels/{channel}: the latest posts, or with ?before={post id} those before that one."""
    team = team_of(request, team_name)
    return _channel_page(request, team, _channel_of(request, team, channel_name))


@login_required
@never_cache
@require_safe
def direct(request: HttpRequest, team_name: str, username: str) -> HttpResponse:
    """GET /{team}/messages/@{username}: the direct channel with that person, empty until it has a message."""
    team, other = team_of(request, team_name), _person_named(username)
    shown = channels.find_direct(person_of(request), other)
    if shown is None:
        return _first_message_page(request, team, other)
    return _channel_page(request, team, shown)


@login_required
@require_safe
def messages(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET /{team}/messages?username={username}: on to the direct channel with that person."""
    team = team_of(request, team_name)
    other = _person_named(request.GET.get("username", "").strip().removeprefix("@"))
    return redirect("direct", team.name, other.username)


@login_required
@never_cache
@require_safe
def new_posts(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """GET /{team}/channels/{channel}/new?after={post id}: what followed that post, at most a page of it.

    `hint` is the id of the post that the page has heard of.
    """
    team = team_of(request, team_name)
    shown = _channel_of(request, team, channel_name)
    return HttpResponse(_new_lines(request, team, shown))


@login_required
@require_POST
def viewed(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """POST /{team}/channels/{channel}/viewed: the person has seen everything up to the post `post_id`."""
    team = team_of(request, team_name)
    shown = _channel_of(request, team, channel_name)
    reading.mark_shown(
        user=person_of(request), channel=shown, post_id=request.POST.get("post_id", "")
    )
    return (
        HttpResponse(status=204) if _is_htmx(request) else redirect(_address(request, team, shown))
    )


@login_required
@require_POST
def say(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """POST /{team}/channels/{channel}/say: posts the message, or says beside the box why it cannot be."""
    team = team_of(request, team_name)
    shown = _channel_of(request, team, channel_name)
    try:
        _submit(request, shown)
    except AppError as refusal:
        if not _is_htmx(request):
            return _channel_page(request, team, shown, refusal=refusal)
        return render(request, "channels_app/_refusal.html", {"refusal": refusal})
    if not _is_htmx(request):
        return redirect(_address(request, team, shown))
    response = render(request, "channels_app/_refusal.html")
    response.headers["HX-Trigger"] = "said"
    return response


@login_required
@require_POST
def say_to_person(request: HttpRequest, team_name: str, username: str) -> HttpResponse:
    """POST /{team}/messages/@{username}/say: the first message to that person makes the direct channel."""
    team, other = team_of(request, team_name), _person_named(username)
    try:
        _submit(request, channels.direct(person_of(request), other))
    except AppError as refusal:
        return _first_message_page(request, team, other, refusal=refusal)
    return redirect("direct", team.name, other.username)


# --- The channels of a team ---------------------------------------------------------------------------


@login_required
@never_cache
@require_safe
def browse(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET /{team}/browse?q={part of a name}&page={1…}: the channels open to the person, with ways in."""
    team, person = team_of(request, team_name), person_of(request)
    search, page = request.GET.get("q", "").strip(), page_number(request)
    found = channels.open_to_user(
        person,
        team,
        search=search,
        first=(page - 1) * CHANNELS_ON_A_PAGE,
        limit=CHANNELS_ON_A_PAGE + 1,
    )
    listed = found[:CHANNELS_ON_A_PAGE]
    context = sidebar(request, team) | {
        "open_channels": listed,
        "joined": channels.joined_among(person, listed),
        "search": search,
    }
    context |= pager(page, has_more=len(found) > CHANNELS_ON_A_PAGE)
    return render(request, "channels_app/browse.html", context)


@login_required
@require_POST
def join(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """POST /{team}/channels/{channel}/join: makes the person a member."""
    team, person = team_of(request, team_name), person_of(request)
    joined = _channel_of(request, team, channel_name)
    channels.add_member(actor=person, channel=joined, user=person)
    return redirect("channel", team.name, joined.name)


# --- Pictures -----------------------------------------------------------------------------------------


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def emoji_picture(request: HttpRequest, code_points: str) -> HttpResponse:
    """GET /emoji/{code points in hex}.svg: an emoji as a picture."""
    try:
        character = "".join(chr(int(point, 16)) for point in code_points.split("-"))
        character.encode()  # half of a surrogate pair is no character
    except (ValueError, OverflowError) as error:
        raise Http404 from error
    if min(character) < " ":
        raise Http404  # control characters would make broken XML
    return render(
        request,
        "channels_app/emoji.svg",
        {"character": character},
        content_type="image/svg+xml; charset=utf-8",
    )


# --- What these pages are made of ----------------------------------------------------------------------


def _person_named(username: str) -> User:
    """The account with this username; 404 if nobody has it."""
    found = users.find_by_username(username)
    if found is None:
        raise users.no_such_username()
    return found


def _submit(request: HttpRequest, shown: Channel) -> None:
    """Post what the message box holds; AppError if it may not be."""
    posts.submit(
        actor=person_of(request),
        channel=shown,
        message=request.POST.get("message", "").replace("\r\n", "\n"),
        pending_post_id=request.POST.get("pending_post_id", ""),
    )


def _channel_of(request: HttpRequest, team: Team, name: str) -> Channel:
    """The live channel with this handle, of the team or a direct one, for those who may read it."""
    found = channels.by_handle_shared(team_id=team.id, name=name)
    if not permissions.may(person_of(request), "read_channel", channel=found):
        raise channels.no_such_name()
    return found


def _channel_page(
    request: HttpRequest, team: Team, shown: Channel, *, refusal: AppError | None = None
) -> HttpResponse:
    before = request.GET.get("before", "")
    newest, oldest_id = _page_of_posts(shown, before)
    context: Context = {
        "team": team,
        "channel": shown,
        "lines": timeline.lines(newest, channel=shown, zone=zone_of(request)),
        "oldest_id": oldest_id,
        "newest_id": newest[0].id if newest else "",
    }
    if before and _is_htmx(request):
        context["joined_day"] = _joined_day(request, newest, before)
        return render(request, "channels_app/_older.html", context)
    context |= sidebar(request, team) | _head(request, shown) | _message_box(request, refusal)
    status = refusal.status if refusal else 200
    return render(request, "channels_app/channel.html", context, status=status)


def _first_message_page(
    request: HttpRequest, team: Team, other: User, *, refusal: AppError | None = None
) -> HttpResponse:
    """The page of two people who have no direct channel yet."""
    context = sidebar(request, team) | _message_box(request, refusal) | {"other": other}
    status = refusal.status if refusal else 200
    return render(request, "channels_app/channel.html", context, status=status)


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
    last = Post.objects.filter(channel=shown, id=after).first()
    newest = posts.after(shown, last.id, limit=PAGE_SIZE) if last else posts.latest(shown)
    lines = timeline.lines(newest, channel=shown, zone=zone_of(request), follows=last)
    return render_to_string("channels_app/_lines.html", {"team": team, "lines": lines})


def _page_of_posts(shown: Channel, before: str) -> tuple[list[Post], str]:
    """Posts newest first, and the id of the oldest if there are more behind it."""
    if before:
        found = posts.before(shown, before, limit=PAGE_SIZE + 1)
    else:
        found = posts.latest(shown, limit=PAGE_SIZE + 1)
    return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else ""


def _joined_day(request: HttpRequest, newest: list[Post], before: str) -> date | None:
    """The day whose heading moves up, because older posts of the same day now stand before it."""
    first_shown, zone = Post.objects.filter(id=before).first(), zone_of(request)
    if first_shown is None or not newest:
        return None
    day = timeline.moment(first_shown.create_at, zone).date()
    return day if timeline.moment(newest[0].create_at, zone).date() == day else None


def _head(request: HttpRequest, shown: Channel) -> Context:
    """Who is in the channel."""
    person = person_of(request)
    return {
        "other": other_of(shown, person) if shown.type == DIRECT else None,
        "member_count": shown.members.count(),
        "is_member": shown.members.filter(user=person).exists(),
        "is_past": "before" in request.GET,
        "page_size": PAGE_SIZE,
    }


def _message_box(request: HttpRequest, refusal: AppError | None) -> Context:
    """The message box: empty, or with the message that was refused."""
    return {
        "refusal": refusal,
        "message": request.POST.get("message", "") if refusal else "",
        "pending_post_id": f"{person_of(request).id}:{new_id()}",
    }


def _address(request: HttpRequest, team: Team, shown: Channel) -> str:
    if shown.type == DIRECT:
        other = other_of(shown, person_of(request))
        return reverse("direct", args=[team.name, other.username])
    return reverse("channel", args=[team.name, shown.name])


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
