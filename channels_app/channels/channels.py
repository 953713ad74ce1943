"""Channels, direct channels and who is in them (specification §1.4, §1.5)."""

import re
from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.people import users
from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import (
    DIRECT,
    PRIVATE,
    PUBLIC,
    Channel,
    ChannelMember,
    Team,
    TeamMember,
)
from channels_app.teams import teams
from mattermost_hooks import errors, limits, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError, Refusal
from mattermost_hooks.limits import Limit
from mattermost_hooks.records import is_id, now_ms

from . import announcements, endings

# Every member of a team is in it, and the pages begin there: it keeps its handle and stays.
DEFAULT_CHANNEL = "town-square"
LIMITS = tuple(
    Limit(
        field=field,
        most=most,
        id=f"model.channel.is_valid.{field}.app_error",
        sentence=f"Invalid {field.replace('_', ' ')}.",
    )
    for field, most in [("display_name", 64), ("header", 1024), ("purpose", 250)]
)

no_such_channel = Refusal(
    "app.channel.get.existing.app_error", "Unable to find the existing channel.", status=404
)
no_such_name = Refusal(
    "app.channel.get_by_name.missing.app_error",
    "Channel does not exist.",
    status=404,
    field="channel",
)
name_taken = Refusal(
    "store.sql_channel.save_channel.exists.app_error",
    "A channel with that name already exists on the same team.",
)
is_direct = Refusal(
    "api.channel.create_channel.direct_channel.app_error",
    "Must use createDirectChannel API service for direct message channel creation.",
)
bad_type = Refusal("model.channel.is_valid.type.app_error", "Invalid type.")
like_a_direct_channel = Refusal(
    "model.channel.is_valid.name.app_error",
    "Invalid channel name. User ids are not permitted in channel name for non-direct message "
    "channels.",
)
bad_name = Refusal(
    "model.channel.is_valid.2_or_more.app_error",
    "Name must be 2 or more lowercase alphanumeric characters.",
)
too_many = Refusal(
    "api.channel.create_channel.max_channel_limit.app_error",
    "Unable to create more than {} channels for current team.",
)
no_team_in_common = Refusal(
    "api.channel.create_channel.direct_channel.team_restricted_error",
    "A direct channel cannot be created between these users because they do not share a team in common.",
    status=403,
)
default_keeps_its_name = Refusal(
    "api.channel.update_channel.tried.app_error",
    "Tried to perform an invalid update of the default channel {}.",
)
default_stays = Refusal(
    "api.channel.delete_channel.cannot.app_error", "Cannot delete the default channel {}."
)
direct_stays = Refusal(
    "api.channel.delete_channel.type.invalid",
    "Unable to delete direct or group message channels",
)
# Whatever is refused of what a channel says of itself, but for limits.
OF_WHAT_IS_SAID = (name_taken, is_direct, like_a_direct_channel, bad_name)
OF_A_NEW_CHANNEL = (*OF_WHAT_IS_SAID, bad_type, too_many)

_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?\Z")
_LIKE_A_DIRECT_CHANNEL = re.compile(r"[a-z0-9]{26}__[a-z0-9]{26}\Z")


def create(
    *,
    actor: User,
    team: Team,
    name: str,
    display_name: str,
    type: str,
    header: str = "",
    purpose: str = "",
) -> Channel:
    """A public or private channel of a team; the actor becomes its first member and administrator."""
    if type in (PUBLIC, PRIVATE):
        kind = "public" if type == PUBLIC else "private"
        permissions.require(actor, f"create_{kind}_channel", team=team)
    channel = Channel(
        team=team, name=name, display_name=display_name, type=type, header=header, purpose=purpose
    )
    channel.creator = actor
    _check(channel)
    if Channel.objects.filter(team=team, name=name).exists():
        raise name_taken()
    _check_room(team)
    try:
        with transaction.atomic():
            channel.save(force_insert=True)
            ChannelMember.objects.create(channel=channel, user=actor, is_admin=True)
            _forget_members(channel, actor)
            announcements.joined(channel, actor, by=actor)
    except IntegrityError as error:
        raise name_taken() from error
    return channel


def find_shared(channel_id: str) -> Channel:
    """The shared row of the channel with this id, archived ones included; 404 if there is none."""

    def load() -> Channel:
        channel = Channel.objects.select_related("team").filter(id=channel_id).first()
        if channel is None:
            raise no_such_channel()
        return channel

    return process_cache.remember(("channel", channel_id), load)


def find_by_name(team: Team, name: str) -> Channel:
    """The live channel of a team with this handle; 404 if there is none."""
    channel = Channel.objects.filter(team=team, name=name, delete_at=0).first()
    if channel is None:
        raise no_such_name()
    return channel


def by_handle(*, team_id: str, name: str) -> Channel | None:
    """The live channel a webhook means by a name: of its team, or a direct or group one (§2.5)."""
    live = Channel.objects.select_related("team").filter(delete_at=0)
    matches = live.filter(Q(team_id=team_id) | Q(team__isnull=True))
    return matches.filter(name=name).first() or matches.filter(name=name.lower()).first()


def by_handle_shared(*, team_id: str, name: str) -> Channel:
    """The shared row of the channel that by_handle() finds; 404 if there is none."""

    def load() -> Channel:
        channel = by_handle(team_id=team_id, name=name)
        if channel is None:
            raise no_such_name()
        return channel

    return process_cache.remember(("handle", team_id, name), load, subject=("handles", team_id))


def read(*, actor: User, channel: Channel) -> Channel:
    """The channel, for those who may read it; else 403."""
    permissions.require(actor, "read_channel", channel=channel)
    return channel


def read_by_name(*, actor: User, team: Team, name: str) -> Channel:
    """The channel of a team with this handle; 404 also for one that the actor may not see."""
    channel = find_by_name(team, name)
    if not permissions.may(actor, "read_channel", channel=channel):
        raise no_such_name()
    return channel


def open_to_read(*, actor: User, channel_id: str) -> Channel:
    """The channel, for those who may read it; 403 also for one that does not exist."""
    return read(actor=actor, channel=find_or_forbid(channel_id))


def find_or_forbid(channel_id: str) -> Channel:
    """The channel with this id, shared; 403 for one that does not exist, as for one not to be seen."""
    if not is_id(channel_id):
        raise errors.not_permitted()
    try:
        return find_shared(channel_id)
    except AppError as error:
        raise errors.not_permitted() from error


def of_user_in_team(user: User, team: Team, *, limit: int | None = None) -> list[Channel]:
    """The live channels of a team that a person is in, by display name; the first `limit` of them."""
    found = Channel.objects.filter(team=team, delete_at=0, members__user=user)
    return list(found.order_by("display_name", "id")[:limit])


def open_to_user(
    user: User, team: Team, *, search: str = "", first: int = 0, limit: int
) -> list[Channel]:
    """The live channels of a team that a person may enter, by display name: public ones and one's own.

    `search` is a part of the handle or of the display name, in any letter case.
    """
    own = ChannelMember.objects.filter(user=user, channel__team=team).values("channel_id")
    found = Channel.objects.filter(Q(type=PUBLIC) | Q(id__in=own), team=team, delete_at=0)
    if search:
        found = found.filter(Q(name__icontains=search) | Q(display_name__icontains=search))
    return list(found.order_by("display_name", "id")[first : first + limit])


def joined_among(user: User, some: Collection[Channel]) -> set[str]:
    """The ids of those of these channels that a person is in."""
    memberships = ChannelMember.objects.filter(user=user, channel__in=[one.id for one in some])
    return set(memberships.values_list("channel_id", flat=True))


def direct_of_user(user: User, *, limit: int | None = None) -> list[Channel]:
    """The direct channels a person is in, latest made first; the first `limit` of them."""
    found = Channel.objects.filter(type=DIRECT, delete_at=0, members__user=user)
    return list(found.prefetch_related("members__user").order_by("-create_at")[:limit])


def find_direct(first: User, second: User) -> Channel | None:
    """The direct channel of two people (or of one with oneself), if it has been made."""
    return Channel.objects.filter(team__isnull=True, name=_direct_name(first, second)).first()


def other_of(direct: Channel, person: User) -> User:
    """Whom a person talks to in a direct channel; it may be oneself."""
    members: list[ChannelMember] = list(direct.members.all())
    return next((member.user for member in members if member.user_id != person.id), person)


def member_count(channel: Channel) -> int:
    """How many people are in the channel."""
    return channel.members.count()


def direct(first: User, second: User) -> Channel:
    """The direct channel of two people (or of one with oneself), made if it is not there yet."""
    channel = find_direct(first, second)
    if channel is not None:
        return channel
    if get_config().TeamSettings.RestrictDirectMessage == "team" and not _share_a_team(
        first, second
    ):
        raise no_team_in_common()
    return _make_direct(first, second)


def with_server(server: User, person: User) -> Channel:
    """The direct channel in which the server speaks to a person, whoever may write to whom."""
    return find_direct(server, person) or _make_direct(server, person)


def _make_direct(first: User, second: User) -> Channel:
    with transaction.atomic():
        channel, _ = Channel.objects.get_or_create(
            team=None,
            name=_direct_name(first, second),
            defaults={"type": DIRECT, "creator": first},
        )
        for user in {first.id: first, second.id: second}.values():
            ChannelMember.objects.get_or_create(channel=channel, user=user)
        _forget_members(channel, first, second)
    return channel


def open_direct(*, actor: User, user_ids: list[str]) -> Channel:
    """The direct channel of two people; the actor must be one of them or an administrator."""
    if not all(is_id(user_id) for user_id in user_ids):
        raise errors.invalid_body("user_id")
    if actor.id not in user_ids and not actor.is_system_admin:
        raise errors.not_permitted()
    first, second = (users.find_shared(user_id) for user_id in user_ids)
    return direct(first, second)


def patch(*, actor: User, channel: Channel, **changes: str) -> Channel:
    """Change name, display_name, header or purpose; what is not given stays."""
    kind = "private" if channel.type == PRIVATE else "public"
    permissions.require(actor, f"manage_{kind}_channel_properties", channel=channel)
    channel = Channel.objects.select_related("team").get(id=channel.id)
    if channel.name == DEFAULT_CHANNEL and changes.get("name", channel.name) != channel.name:
        raise default_keeps_its_name(channel.name)
    before = {field: getattr(channel, field) for field in changes}
    for field, value in changes.items():
        setattr(channel, field, value)
    _check(channel)
    channel.update_at = now_ms()
    try:
        with transaction.atomic():
            channel.save(update_fields=[*changes, "update_at"])
            announcements.changed(channel, before, by=actor)
            _forget(channel)
    except IntegrityError as error:
        raise name_taken() from error
    return channel


def archive(*, actor: User, channel: Channel) -> None:
    """Archive a channel with all that ends with it (§1.14). 400 for town-square and direct channels."""
    if channel.team_id is None:
        raise direct_stays()
    kind = "private" if channel.type == PRIVATE else "public"
    permissions.require(actor, f"delete_{kind}_channel", channel=channel)
    if channel.name == DEFAULT_CHANNEL:
        raise default_stays(channel.name)
    now = now_ms()
    with transaction.atomic():
        Channel.objects.filter(id=channel.id).update(delete_at=now, update_at=now)
        endings.follow(channel, now)
        _forget(channel)


def add_member(*, actor: User, channel: Channel, user: User) -> ChannelMember:
    """Put a person into a channel; who is in already stays. 404 for people outside the team."""
    joins_itself = actor.id == user.id and channel.is_open
    permission = "join_public_channels" if joins_itself else "manage_channel_members"
    permissions.require(actor, permission, channel=channel)
    is_in_team = TeamMember.objects.filter(team=channel.team_id, user=user, delete_at=0).exists()
    if not is_in_team:
        raise teams.no_member()
    with transaction.atomic():
        member, is_new = ChannelMember.objects.get_or_create(channel=channel, user=user)
        if is_new:
            _forget_members(channel, user)
            announcements.joined(channel, user, by=actor)
    return member


def _forget(channel: Channel) -> None:
    process_cache.forget_everywhere(("channel", channel.id), ("handles", channel.team_id or ""))


def _forget_members(channel: Channel, *members: User) -> None:
    process_cache.forget_everywhere(
        *(permissions.channel_member_subject(channel.id, member.id) for member in members)
    )


def _check(channel: Channel) -> None:
    if channel.type in (DIRECT, "G"):
        raise is_direct()
    if channel.type not in (PUBLIC, PRIVATE):
        raise bad_type()
    if _LIKE_A_DIRECT_CHANNEL.match(channel.name):
        raise like_a_direct_channel()
    if not 2 <= len(channel.name) <= 64 or not _NAME.match(channel.name):
        raise bad_name()
    limits.check(channel, LIMITS)


def _check_room(team: Team) -> None:
    most = get_config().TeamSettings.MaxChannelsPerTeam
    if team.channels.filter(delete_at=0).count() >= most:
        raise too_many(most)


def _direct_name(first: User, second: User) -> str:
    return "__".join(sorted((first.id, second.id)))


def _share_a_team(first: User, second: User) -> bool:
    def team_ids(user: User) -> Any:
        return TeamMember.objects.filter(user=user, delete_at=0).values("team_id")

    return TeamMember.objects.filter(user=first, delete_at=0, team__in=team_ids(second)).exists()
