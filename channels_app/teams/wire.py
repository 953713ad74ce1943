"""How teams and their members look in the answers of REST API v4 (specification §1.2, §1.3)."""

from typing import TypedDict

from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Team, TeamMember


class TeamJson(TypedDict):
    """A team."""

    id: str
    create_at: int
    update_at: int
    delete_at: int
    display_name: str
    name: str
    description: str
    email: str
    type: str
    company_name: str
    allowed_domains: str
    invite_id: str
    allow_open_invite: bool
    scheme_id: None
    group_constrained: None
    policy_id: None


def team_json(team: Team, *, actor: User) -> TeamJson:
    """A team as REST shows it; e-mail and invite id only to those who run it."""
    shows_all = permissions.may(actor, "manage_team", team=team)
    return {
        "id": team.id,
        "create_at": team.create_at,
        "update_at": team.update_at,
        "delete_at": team.delete_at,
        "display_name": team.display_name,
        "name": team.name,
        "description": team.description,
        "email": team.email if shows_all else "",
        "type": team.type,
        "company_name": team.company_name,
        "allowed_domains": team.allowed_domains,
        "invite_id": team.invite_id if shows_all else "",
        "allow_open_invite": team.allow_open_invite,
        "scheme_id": None,
        "group_constrained": None,
        "policy_id": None,
    }


class TeamMemberJson(TypedDict):
    """Who is in a team."""

    team_id: str
    user_id: str
    roles: str
    delete_at: int
    scheme_guest: bool
    scheme_user: bool
    scheme_admin: bool
    explicit_roles: str


def team_member_json(member: TeamMember) -> TeamMemberJson:
    """A membership as REST shows it."""
    return {
        "team_id": member.team_id,
        "user_id": member.user_id,
        "roles": permissions.team_roles(member),
        "delete_at": member.delete_at,
        "scheme_guest": False,
        "scheme_user": True,
        "scheme_admin": member.is_admin,
        "explicit_roles": "",
    }
