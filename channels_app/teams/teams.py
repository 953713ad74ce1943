"""Teams and who is in them (specification §1.2, §1.3)."""

import re
from dataclasses import replace

from django.db import IntegrityError, transaction

from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import INVITE, OPEN, Channel, ChannelMember, Team, TeamMember
from mattermost_hooks import errors, limits, process_cache
from mattermost_hooks.console import site_path
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal
from mattermost_hooks.limits import Limit
from mattermost_hooks.own_words import first_word, own_words
from mattermost_hooks.records import now_ms

DEFAULT_CHANNELS = {"town-square": "Town Square", "off-topic": "Off-Topic"}
# Beginnings that Mattermost reserves, beside the first words of addresses here.
RESERVED_BEGINNINGS = (
    "admin", "api", "channel", "claim", "error", "files", "help", "landing", "login", "mfa", "oauth",
    "plug", "plugins", "post", "signup",
)  # fmt: skip

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]\Z")
LIMITS = (
    Limit(
        field="description",
        most=255,
        id="model.team.is_valid.description.app_error",
        sentence="Invalid description.",
    ),
    Limit(
        field="company_name",
        most=64,
        id="model.team.is_valid.company.app_error",
        sentence="Invalid company name.",
    ),
    Limit(
        field="allowed_domains",
        most=500,
        id="model.team.is_valid.domains.app_error",
        sentence="Invalid allowed domains.",
    ),
)

no_such_team = Refusal(
    "app.team.get.find.app_error", "Unable to find the existing team.", status=404
)
no_such_name = Refusal(
    "app.team.get_by_name.missing.app_error", "Unable to find the existing team.", status=404
)
name_taken = Refusal(
    "app.team.save.existing.app_error",
    "Must call update for existing team.",
    field="name",
    words="There is a team with this name already.",
)
full = Refusal(
    "app.team.join_user_to_team.max_accounts.app_error",
    "This team has reached the maximum number of allowed accounts. Contact your System "
    "Administrator to set a higher limit.",
    field="team",
)
no_member = Refusal(
    "app.team.get_member.missing.app_error",
    "No team member found for that user ID and team ID.",
    status=404,
    words="This person is not in the team.",
)
# Where Mattermost finds fault with what was asked for.
not_a_member = replace(no_member, status=400)
no_such_role = Refusal("app.role.get_by_name.app_error", "Unable to get role.", field="roles")
bad_display_name = Refusal(
    "model.team.is_valid.name.app_error",
    "Invalid name.",
    field="display_name",
    words="1 to 64 characters.",
)
bad_length = Refusal(
    "model.team.is_valid.url.app_error",
    "Invalid URL Identifier.",
    field="name",
    words="2 to 64 characters.",
)
reserved = Refusal(
    "model.team.is_valid.reserved.app_error",
    "This URL is unavailable. Please try another.",
    field="name",
    words="This name, or its beginning, is reserved. Please choose another.",
)
bad_letters = Refusal(
    "model.team.is_valid.characters.app_error",
    "Name must be 2 or more lowercase alphanumeric characters.",
    field="name",
    words="Letters from a to z, digits and dashes; no dash at the beginning or the end.",
)
bad_type = Refusal("model.team.is_valid.type.app_error", "Invalid type.", field="type")
# Whatever create() refuses with, but for permissions and limits.
OF_A_NEW_TEAM = (name_taken, bad_display_name, bad_length, reserved, bad_letters, bad_type)


def create(*, actor: User, name: str, display_name: str, type: str, **more: str) -> Team:
    """A team with its two default channels; the actor becomes its first member and administrator.

    `more` may hold description, company_name and allowed_domains.
    """
    permissions.require(actor, "create_team")
    team = Team(name=name, display_name=display_name, type=type, **more)
    _check(team)
    try:
        with transaction.atomic():
            team.save(force_insert=True)
            for channel_name, channel_display_name in DEFAULT_CHANNELS.items():
                Channel.objects.create(
                    team=team, name=channel_name, display_name=channel_display_name
                )
            _join(team, actor, is_admin=True)
    except IntegrityError as error:
        raise name_taken() from error
    return team


def find(team_id: str) -> Team:
    """The team with this id, archived ones included; 404 if there is none."""
    team = Team.objects.filter(id=team_id).first()
    if team is None:
        raise no_such_team()
    return team


def find_live(team_id: str) -> Team:
    """The live team with this id; 403 for one that does not exist, as for one that is closed."""
    team = Team.objects.filter(id=team_id, delete_at=0).first()
    if team is None:
        raise errors.not_permitted()
    return team


def find_or_empty(team_id: str) -> Team:
    """The team with this id, archived ones included; for any other id one that holds nothing and nobody.

    For lists: where there is no team there is nothing to list, and only who may list everywhere is told so.
    """
    return Team.objects.filter(id=team_id).first() or Team(id=team_id)


def find_by_name(name: str) -> Team:
    """The team with this handle; 404 if there is none."""
    team = Team.objects.filter(name=name).first()
    if team is None:
        raise no_such_name()
    return team


def read(*, actor: User, team: Team) -> Team:
    """The team, for those who may see it: its members, and everybody if it is open to all; else 403."""
    if not team.allow_open_invite:
        permissions.require(actor, "view_team", team=team)
    return team


def of_user(user: User, *, limit: int | None = None) -> list[Team]:
    """The live teams a person is in, by display name; the first `limit` of them."""
    membership = {"members__user": user, "members__delete_at": 0}
    found = Team.objects.filter(delete_at=0, **membership)
    return list(found.order_by("display_name", "id")[:limit])


def add_member(*, actor: User, team: Team, user: User) -> TeamMember:
    """Put a person into the team and its default channels; who is in already stays as is."""
    if not (team.allow_open_invite and actor.id == user.id):
        permissions.require(actor, "add_user_to_team", team=team)
    member = TeamMember.objects.filter(team=team, user=user).first()
    if member and not member.delete_at:
        return member
    if team.members.filter(delete_at=0).count() >= get_config().TeamSettings.MaxUsersPerTeam:
        raise full(words=f"{team} is full: see System Console, Users and Teams.")
    with transaction.atomic():
        return _join(team, user, is_admin=False)


def remove_member(*, actor: User, team: Team, user: User) -> None:
    """Take a person out of the team and its channels; everybody may leave, administrators remove."""
    if actor.id != user.id:
        permissions.require(actor, "remove_user_from_team", team=team)
    member = TeamMember.objects.filter(team=team, user=user).first()
    if member is None:
        raise not_a_member()
    with transaction.atomic():
        member.delete_at = now_ms()
        member.save(update_fields=["delete_at"])
        left = ChannelMember.objects.filter(channel__team=team, user=user)
        process_cache.forget_everywhere(
            permissions.team_member_subject(team.id, user.id),
            *(
                permissions.channel_member_subject(channel_id, user.id)
                for channel_id in left.values_list("channel_id", flat=True)
            ),
        )
        left.delete()


def set_roles(*, actor: User, team: Team, user_id: str, roles: str) -> None:
    """Give a member the roles `team_user`, with `team_admin` or without."""
    permissions.require(actor, "manage_team_roles", team=team)
    wanted = set(roles.split())
    if "team_user" not in wanted or wanted - {"team_user", "team_admin"}:
        raise no_such_role()
    with transaction.atomic():
        changed = TeamMember.objects.filter(team=team, user_id=user_id, delete_at=0).update(
            is_admin="team_admin" in wanted
        )
        if not changed:
            raise no_member()
        process_cache.forget_everywhere(permissions.team_member_subject(team.id, user_id))


def _check(team: Team) -> None:
    if not 1 <= len(team.display_name) <= 64:
        raise bad_display_name()
    if not 2 <= len(team.name) <= 64:
        raise bad_length()
    if team.name.startswith(RESERVED_BEGINNINGS) or team.name in _own_words():
        raise reserved()
    if not _NAME.match(team.name):
        raise bad_letters()
    if team.type not in (OPEN, INVITE):
        raise bad_type()
    limits.check(team, LIMITS)


def _own_words() -> frozenset[str]:
    # Below `/mattermost` a proxy may pass on `/mattermost/x` or only `/x`: no team's page looks the same.
    return own_words() | {first_word(site_path.prefix())}


def _join(team: Team, user: User, *, is_admin: bool) -> TeamMember:
    member, _ = TeamMember.objects.update_or_create(
        team=team, user=user, defaults={"delete_at": 0, "is_admin": is_admin}
    )
    subjects = [permissions.team_member_subject(team.id, user.id)]
    for channel in team.channels.filter(name__in=DEFAULT_CHANNELS):
        ChannelMember.objects.get_or_create(
            channel=channel, user=user, defaults={"is_admin": is_admin}
        )
        subjects.append(permissions.channel_member_subject(channel.id, user.id))
    process_cache.forget_everywhere(*subjects)
    return member
