"""What every page of a team has: who looks at it, the team, the reader's clock, the sidebar, a pager."""

import logging
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, cast
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import Http404, HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.people import users
from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from channels_app.teams import teams
from mattermost_hooks import rest
from mattermost_hooks.errors import AppError

LAST_PAGE = 1000
# What the sidebar shows at most; the page that lists the channels leads to all others.
SIDEBAR_TEAMS, SIDEBAR_CHANNELS, SIDEBAR_PEOPLE = 50, 100, 50

Context = dict[str, Any]

logger = logging.getLogger(__name__)


def person_of(request: HttpRequest) -> User:
    """Who looks at the page; signed_in() has seen to it that there is somebody."""
    return cast("User", request.user)


def team_of(request: HttpRequest, team_name: str) -> Team:
    """The live team with this handle, for its members; 404 for everybody else."""
    team = teams.find_by_name(team_name)
    if team.delete_at or not permissions.may(person_of(request), "view_team", team=team):
        raise Http404
    return team


def channel_of(request: HttpRequest, team: Team, name: str) -> Channel:
    """The live channel with this handle, of the team or a direct one, for those who may read it; else 404."""
    found = channels.by_handle_shared(team_id=team.id, name=name)
    if not permissions.may(person_of(request), "read_channel", channel=found):
        raise channels.no_such_name()
    return found


def person_named(username: str) -> User:
    """The account with this username; 404 if nobody has it."""
    found = users.find_by_username(username)
    if found is None:
        raise users.no_such_username()
    return found


def zone_of(request: HttpRequest) -> tzinfo:
    """The clock that the reader's browser goes by, UTC until it has told."""
    try:
        return ZoneInfo(unquote(request.COOKIES.get("timezone", "")) or "UTC")
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def sidebar(request: HttpRequest, team: Team) -> Context:
    """What the sidebar of every page of a team shows, and whether there is more than it shows."""
    person = person_of(request)
    mine = channels.of_user_in_team(person, team, limit=SIDEBAR_CHANNELS + 1)
    direct_ones = channels.direct_of_user(person, limit=SIDEBAR_PEOPLE + 1)
    return {
        "person": person,
        "team": team,
        "teams": teams.of_user(person, limit=SIDEBAR_TEAMS),
        "channels": mine[:SIDEBAR_CHANNELS],
        "has_more_channels": len(mine) > SIDEBAR_CHANNELS,
        "people": [channels.other_of(one, person) for one in direct_ones[:SIDEBAR_PEOPLE]],
        "has_more_people": len(direct_ones) > SIDEBAR_PEOPLE,
    }


def shell(request: HttpRequest) -> Context:
    """`shell` for every template: what sidebar() gives, so that an error shows the way on.

    Looked up when a template asks; empty for visitors, for who is in no team, and where the look-up fails too.
    """
    return {"shell": SimpleLazyObject(partial(_shell, request))}


def page_number(request: HttpRequest) -> int:
    """The page of a list that is asked for, the first unless told; later ones than a thousand are that one."""
    return min(max(rest.natural(request.GET.get("page"), 1), 1), LAST_PAGE)


def pager(page: int, *, has_more: bool) -> Context:
    """What channels_app/_pager.html shows: the pages before and after this one, 0 for none."""
    following = page + 1 if has_more and page < LAST_PAGE else 0
    return {"previous_page": page - 1, "next_page": following}


def _shell(request: HttpRequest) -> Context:
    try:
        # What fails in the first middleware has nobody behind it yet.
        if not hasattr(request, "user") or not request.user.is_authenticated:
            return {}
        team = _team_at(request) or next(iter(teams.of_user(person_of(request), limit=1)), None)
        return sidebar(request, team) if team else {}
    except Exception:
        logger.exception("An error is shown without the sidebar")
        return {}


def _team_at(request: HttpRequest) -> Team | None:
    """The team that the address begins with, if there is one that the person may see."""
    try:
        return team_of(request, request.path_info.split("/")[1])
    except (AppError, Http404):
        return None
