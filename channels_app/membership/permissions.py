"""The one permission gate: what a person may do in a team or a channel (specification §7.5)."""

from accounts.people import roles
from accounts.people.models import User
from mattermost_hooks import errors, process_cache
from mattermost_hooks.console.config import get_config

from .models import Channel, ChannelMember, Team, TeamMember

_OF_PUBLIC_CHANNELS = {"read_channel": "read_public_channel"}


def may(
    actor: User,
    permission: str,
    *,
    team: Team | None = None,
    channel: Channel | None = None,
) -> bool:
    """Does a role of the actor grant this: in the system, in the channel, or in the team?"""
    if roles.grants(actor.roles, permission):
        return True
    if channel is None:
        return team is not None and _team_grants(actor, permission, team.id)
    if roles.grants(_channel_roles(actor, channel), permission):
        return True
    if channel.team_id is None:
        return False
    if channel.is_open:
        permission = _OF_PUBLIC_CHANNELS.get(permission, permission)
    elif permission in _OF_PUBLIC_CHANNELS:
        return False
    return _team_grants(actor, permission, channel.team_id)


def require(
    actor: User,
    permission: str,
    *,
    team: Team | None = None,
    channel: Channel | None = None,
) -> None:
    """Raise the 403 unless may() says yes. The first line of every service that has an actor."""
    if not may(actor, permission, team=team, channel=channel):
        raise errors.not_permitted()


def team_roles(member: TeamMember) -> str:
    """The roles of a member of a team, as REST shows them."""
    return f"{roles.TEAM_USER} {roles.TEAM_ADMIN}" if member.is_admin else roles.TEAM_USER


def channel_roles(member: ChannelMember) -> str:
    """The roles of a member of a channel, as REST shows them."""
    return f"{roles.CHANNEL_USER} {roles.CHANNEL_ADMIN}" if member.is_admin else roles.CHANNEL_USER


def team_member_subject(team_id: str, user_id: str) -> process_cache.Subject:
    """What whoever changes a membership in a team makes all processes forget."""
    return "team_member", team_id, user_id


def channel_member_subject(channel_id: str, user_id: str) -> process_cache.Subject:
    """What whoever changes a membership in a channel makes all processes forget."""
    return "channel_member", channel_id, user_id


def is_member(user: User, channel: Channel) -> bool:
    """Is this person in the channel?"""
    return _channel_member(channel.id, user.id) is not None


def is_in_team(user: User, team_id: str) -> bool:
    """Is this person, whose account is in use, in the team?"""
    return not user.delete_at and _team_member(team_id, user.id) is not None


def _team_grants(actor: User, permission: str, team_id: str) -> bool:
    member = _team_member(team_id, actor.id)
    if member is None:
        return False
    restricted = get_config().ServiceSettings.EnableOnlyAdminIntegrations
    if permission in roles.OPEN_INTEGRATION_GRANTS and not restricted:
        return True
    return roles.grants(team_roles(member), permission)


def _channel_roles(actor: User, channel: Channel) -> str:
    member = _channel_member(channel.id, actor.id)
    return channel_roles(member) if member else ""


def _team_member(team_id: str, user_id: str) -> TeamMember | None:
    def load() -> TeamMember | None:
        return TeamMember.objects.filter(team=team_id, user=user_id, delete_at=0).first()

    return process_cache.remember_if_there(team_member_subject(team_id, user_id), load)


def _channel_member(channel_id: str, user_id: str) -> ChannelMember | None:
    def load() -> ChannelMember | None:
        return ChannelMember.objects.filter(channel=channel_id, user=user_id).first()

    return process_cache.remember_if_there(channel_member_subject(channel_id, user_id), load)
