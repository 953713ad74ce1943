"""Where to begin, and the channels of a team."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.sessions.sign_in_page import signed_in
from channels_app.channels import channels
from channels_app.show.page_frame import (
    channel_of,
    page_number,
    pager,
    person_named,
    person_of,
    sidebar,
    team_of,
)
from channels_app.teams import teams

CHANNELS_ON_A_PAGE = 50
FIRST_CHANNEL = "town-square"


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """GET /: on to the first team of the person, or a word for who is in none."""
    mine = teams.of_user(person_of(request), limit=1)
    if not mine:
        return render(request, "channels_app/no_team.html", {"person": person_of(request)})
    return redirect("channel", mine[0].name, FIRST_CHANNEL)


@signed_in
@require_safe
def team_start(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET /{team}: on to its first channel."""
    return redirect("channel", team_of(request, team_name).name, FIRST_CHANNEL)


@signed_in
@require_safe
def messages(request: HttpRequest, team_name: str) -> HttpResponse:
    """GET /{team}/messages?username={username}: on to the direct channel with that person."""
    team = team_of(request, team_name)
    other = person_named(request.GET.get("username", "").strip().removeprefix("@"))
    return redirect("direct", team.name, other.username)


@signed_in
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


@signed_in
@require_POST
def join(request: HttpRequest, team_name: str, channel_name: str) -> HttpResponse:
    """POST /{team}/channels/{channel}/join: makes the person a member."""
    team, person = team_of(request, team_name), person_of(request)
    joined = channel_of(request, team, channel_name)
    channels.add_member(actor=person, channel=joined, user=person)
    return redirect("channel", team.name, joined.name)
