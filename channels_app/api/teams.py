"""REST v4: teams and their members (specification §7.2)."""

from typing import ClassVar

from msgspec import UNSET, UnsetType
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of, user_named
from channels_app.teams import teams, wire
from mattermost_hooks import errors
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import DONE, Done, serves


class TeamBody(bodies.Body):
    """A new team."""

    called: ClassVar[str] = "team"
    limits = teams.LIMITS
    name: str = ""
    display_name: str = ""
    type: str = ""
    description: str | UnsetType = UNSET
    company_name: str | UnsetType = UNSET
    allowed_domains: str | UnsetType = UNSET


class MemberBody(bodies.Body):
    """Who is put into a team."""

    called: ClassVar[str] = "team_member"
    essential = ("team_id", "user_id")
    team_id: str = ""
    user_id: str = ""


class RolesBody(bodies.Body):
    """What a member may be, roles apart by blanks."""

    called: ClassVar[str] = "team_member_roles"
    roles: str


class Teams(APIView):
    """/teams."""

    @serves(
        wire.TeamJson,
        takes=TeamBody,
        status=201,
        raises=(errors.not_permitted, *teams.OF_A_NEW_TEAM),
    )
    def post(self, request: Request, body: TeamBody) -> wire.TeamJson:
        """A new team."""
        team = teams.create(actor=actor_of(request), **body.given())
        return wire.team_json(team, actor=actor_of(request))


class OneTeam(APIView):
    """/teams/{id}."""

    @serves(wire.TeamJson, raises=(errors.not_permitted, teams.no_such_team))
    def get(self, request: Request, team_id: str) -> wire.TeamJson:
        """The team."""
        team = teams.read(actor=actor_of(request), team=teams.find(team_id))
        return wire.team_json(team, actor=actor_of(request))


class TeamByName(APIView):
    """/teams/name/{name}."""

    @serves(wire.TeamJson, raises=(errors.not_permitted, teams.no_such_name))
    def get(self, request: Request, name: str) -> wire.TeamJson:
        """The team."""
        team = teams.read(actor=actor_of(request), team=teams.find_by_name(name))
        return wire.team_json(team, actor=actor_of(request))


class Members(APIView):
    """/teams/{id}/members."""

    @serves(
        wire.TeamMemberJson,
        takes=MemberBody,
        status=201,
        raises=(errors.not_permitted, teams.no_such_team, users.no_such_account, teams.full),
    )
    def post(self, request: Request, team_id: str, body: MemberBody) -> wire.TeamMemberJson:
        """Put a person into the team."""
        team = teams.find(team_id)
        if body.team_id != team.id:
            raise errors.invalid_body("team_id")
        user = users.find_shared(body.user_id)
        member = teams.add_member(actor=actor_of(request), team=team, user=user)
        return wire.team_member_json(member)


class OneMember(APIView):
    """/teams/{id}/members/{user}."""

    @serves(
        Done,
        raises=(
            errors.not_permitted,
            teams.no_such_team,
            users.no_such_account,
            teams.not_a_member,
        ),
    )
    def delete(self, request: Request, team_id: str, user_id: str) -> Done:
        """Take a person out of the team."""
        team, user = teams.find(team_id), user_named(request, user_id)
        teams.remove_member(actor=actor_of(request), team=team, user=user)
        return DONE


class MemberRoles(APIView):
    """/teams/{id}/members/{user}/roles."""

    @serves(
        Done,
        takes=RolesBody,
        raises=(errors.not_permitted, teams.no_such_team, teams.no_such_role, teams.no_member),
    )
    def put(self, request: Request, team_id: str, user_id: str, body: RolesBody) -> Done:
        """Make a member an administrator of the team, or no longer."""
        team = teams.find(team_id)
        teams.set_roles(actor=actor_of(request), team=team, user_id=user_id, roles=body.roles)
        return DONE
