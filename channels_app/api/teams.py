"""REST v4: teams and their members (specification §7.2)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of, user_named
from channels_app.membership.models import Team
from channels_app.teams import teams, wire
from mattermost_hooks import errors, rest

TEAM_FIELDS = dict.fromkeys(
    ["name", "display_name", "type", "description", "company_name", "allowed_domains"], str
)


def team_named(team_id: str) -> Team:
    """The team that the URL names."""
    return teams.find(rest.check_id(team_id, "team_id"))


class Teams(APIView):
    """POST /teams."""

    def post(self, request: Request) -> Response:
        """A new team, 201."""
        fields = {"name": "", "display_name": "", "type": ""}
        fields |= rest.read_fields(request, "team", TEAM_FIELDS)
        team = teams.create(actor=actor_of(request), **fields)
        return Response(wire.team_json(team, actor=actor_of(request)), status=201)


class OneTeam(APIView):
    """GET /teams/{id}."""

    def get(self, request: Request, team_id: str) -> Response:
        """The team."""
        team = teams.read(actor=actor_of(request), team=team_named(team_id))
        return Response(wire.team_json(team, actor=actor_of(request)))


class TeamByName(APIView):
    """GET /teams/name/{name}."""

    def get(self, request: Request, name: str) -> Response:
        """The team."""
        team = teams.read(actor=actor_of(request), team=teams.find_by_name(name))
        return Response(wire.team_json(team, actor=actor_of(request)))


class Members(APIView):
    """POST /teams/{id}/members."""

    def post(self, request: Request, team_id: str) -> Response:
        """Put a person into the team, 201."""
        team = team_named(team_id)
        fields = rest.read_fields(request, "team_member", {"team_id": str, "user_id": str})
        if fields.get("team_id") != team.id:
            raise errors.invalid_body("team_id")
        if not fields.get("user_id"):
            raise errors.invalid_body("user_id")
        user = users.find_shared(fields["user_id"])
        member = teams.add_member(actor=actor_of(request), team=team, user=user)
        return Response(wire.team_member_json(member), status=201)


class OneMember(APIView):
    """DELETE /teams/{id}/members/{user}."""

    def delete(self, request: Request, team_id: str, user_id: str) -> Response:
        """Take a person out of the team."""
        team, user = team_named(team_id), user_named(request, user_id)
        teams.remove_member(actor=actor_of(request), team=team, user=user)
        return rest.ok()


class MemberRoles(APIView):
    """PUT /teams/{id}/members/{user}/roles."""

    def put(self, request: Request, team_id: str, user_id: str) -> Response:
        """Make a member an administrator of the team, or no longer."""
        team = team_named(team_id)
        fields = rest.read_fields(request, "team_member_roles", {"roles": str})
        if "roles" not in fields:
            raise errors.invalid_body("team_member_roles")
        teams.set_roles(actor=actor_of(request), team=team, user_id=user_id, roles=fields["roles"])
        return rest.ok()
