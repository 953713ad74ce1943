"""Who may own a webhook: it writes in its owner's name, so nobody borrows the name of somebody stronger."""

from accounts.people import roles
from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Team, TeamMember
from channels_app.teams import teams
from mattermost_hooks import errors


def check(*, actor: User, owner: User, team: Team, field: str) -> None:
    """Refuse an owner who outranks the actor (403) or is no live member of the team (400).

    To outrank is to hold a permission, in the system or in the team, that the other lacks. `field` is
    what clients call the owner; the detail names it.
    """
    if owner.id != actor.id and _granted(owner, team) - _granted(actor, team):
        raise errors.not_permitted(
            detail=f"{field} must not be somebody with more permissions than you have",
            words="A webhook's owner must not have more permissions than you have.",
        )
    check_membership(owner=owner, team=team, field=field)


def check_membership(*, owner: User, team: Team, field: str) -> None:
    """Raise the 400 unless the owner is a live member of the team, with an account that is in use."""
    if owner.delete_at or not _membership(owner, team):
        raise teams.not_a_member(
            detail=f"{field}: a webhook's owner must be a member of the webhook's team",
            words=f"{owner} would own the webhook, and is not in the team {team}.",
        )


def _granted(user: User, team: Team) -> frozenset[str]:
    member = _membership(user, team)
    of_team = permissions.team_roles(member) if member else ""
    return roles.granted(f"{user.roles} {of_team}")


def _membership(user: User, team: Team) -> TeamMember | None:
    return TeamMember.objects.filter(team=team, user=user, delete_at=0).first()
