"""Incoming webhooks: made, listed, changed, deleted (specification §2.10)."""

from typing import Any

from django.db import transaction

from accounts.people import users
from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from integrations.managed import owners
from mattermost_hooks import errors, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms

from .models import IncomingWebhook

# Bytes of UTF-8, as Mattermost counts them, with the last part of the error id and its sentence.
LIMITS = {
    "display_name": (64, "display_name", "Invalid title."),
    "description": (500, "description", "Invalid description."),
    "username": (64, "username", "Invalid username."),
    "icon_url": (1024, "icon_url", "Invalid post icon."),
}
_CHANGEABLE = [*LIMITS, "channel", "channel_locked", "direct_messages", "update_at"]


def create(
    *,
    actor: User,
    channel: Channel,
    owner_id: str = "",
    display_name: str = "",
    description: str = "",
    username: str = "",
    icon_url: str = "",
    channel_locked: bool = False,
) -> IncomingWebhook:
    """A hook that posts into `channel` as its owner, the actor unless told otherwise.

    The owner is a member of the team who does not outrank the actor (integrations/owners.py); made for
    somebody else by anyone but a system administrator, it writes no direct messages. 403
    without permission, 501 while incoming webhooks are switched off. Name and picture are dropped while
    the console does not allow them.
    """
    team = _require(actor, channel)
    owner = _owner(actor, owner_id, team)
    _require_enabled()
    owners.check(actor=actor, owner=owner, team=team, field="user_id")
    _require_reach(owner, channel)
    hook = IncomingWebhook(
        user=owner,
        channel=channel,
        team=team,
        display_name=display_name,
        description=description,
        channel_locked=_locked(actor, channel, channel_locked=channel_locked),
        direct_messages=_speaks_for(actor, owner),
    )
    _set_appearance(hook, username=username, icon_url=icon_url)
    _check(hook)
    hook.save(force_insert=True)
    return hook


def update(
    *,
    actor: User,
    hook: IncomingWebhook,
    channel: Channel,
    display_name: str = "",
    description: str = "",
    username: str = "",
    icon_url: str = "",
    channel_locked: bool = False,
) -> IncomingWebhook:
    """Replace what a hook says of itself and where it posts; its owner and team stay.

    The owner must still be in the team, and in the channel if it is a private one. A hook that somebody
    other than the owner or a system administrator unlocks writes no direct messages. 404 for a hook that
    was deleted meanwhile.
    """
    _require_enabled()
    require_managing(actor, hook)
    if channel.team_id != hook.team_id:
        raise errors.invalid_body(
            "channel_id",
            detail="channel_id must be a channel of the hook's team",
            field="channel",
            words=f"This must be a channel of the webhook's team, {hook.team}.",
        )
    _require(actor, channel)
    owners.check_membership(owner=hook.user, team=hook.team, field="user_id")
    _require_reach(hook.user, channel)
    hook.channel = channel
    hook.display_name, hook.description = display_name, description
    was_locked = hook.channel_locked
    hook.channel_locked = _locked(actor, channel, channel_locked=channel_locked)
    if was_locked and not hook.channel_locked and not _speaks_for(actor, hook.user):
        hook.direct_messages = False
    _set_appearance(hook, username=username, icon_url=icon_url)
    _check(hook)
    hook.update_at = now_ms()
    _change(hook, {field: getattr(hook, field) for field in _CHANGEABLE})
    return hook


def delete(*, actor: User, hook: IncomingWebhook) -> None:
    """Delete a hook; its URL is refused from the next call on. 404 for one that is deleted already."""
    _require_enabled()
    require_managing(actor, hook)
    now = now_ms()
    _change(hook, {"delete_at": now, "update_at": now})


def end_with_channel(channel: Channel, at: int) -> None:
    """Delete the hooks whose channel is being archived, at that time (ms)."""
    of_channel = IncomingWebhook.objects.filter(channel=channel, delete_at=0)
    hook_ids = list(of_channel.values_list("id", flat=True))
    of_channel.update(delete_at=at, update_at=at)
    process_cache.forget_everywhere(*(("incoming_hook", hook_id) for hook_id in hook_ids))


def find(hook_id: str) -> IncomingWebhook:
    """The live hook with this id; 404 if there is none."""
    hook = IncomingWebhook.objects.select_related("channel", "team", "user").filter(
        id=hook_id, delete_at=0
    )
    if (found := hook.first()) is None:
        raise _no_hook()
    return found


def of_team(
    *,
    actor: User,
    team: Team | None,
    first: int = 0,
    limit: int = 200,
    newest_first: bool = False,
) -> list[IncomingWebhook]:
    """Live hooks of a team (of all teams for None), oldest first unless told; only one's own without the
    permission to manage those of others. 403 for those who may not manage any.
    """
    _require_enabled()
    permissions.require(actor, "manage_incoming_webhooks", team=team)
    hooks = IncomingWebhook.objects.filter(delete_at=0).select_related("channel", "user", "team")
    if team is not None:
        hooks = hooks.filter(team=team)
    if not permissions.may(actor, "manage_others_incoming_webhooks", team=team):
        hooks = hooks.filter(user=actor)
    hooks = hooks.order_by("create_at", "id")
    return list((hooks.reverse() if newest_first else hooks)[first : first + limit])


def read(*, actor: User, hook_id: str) -> IncomingWebhook:
    """The hook, for those who may manage it."""
    hook = find(hook_id)
    _require_enabled()
    require_managing(actor, hook)
    return hook


def require_managing(actor: User, hook: IncomingWebhook) -> None:
    """Raise the 403 unless the actor may manage this hook: one's own, or everybody's."""
    permissions.require(actor, "manage_incoming_webhooks", team=hook.team)
    if hook.user_id != actor.id:
        permissions.require(actor, "manage_others_incoming_webhooks", team=hook.team)
    if not hook.channel.is_open:
        permissions.require(actor, "read_channel", channel=hook.channel)


def url_of(hook: IncomingWebhook, site_url: str) -> str:
    """The address that external programs post to; a secret."""
    return f"{site_url.rstrip('/')}/hooks/{hook.id}"


def _require_enabled() -> None:
    if not get_config().ServiceSettings.EnableIncomingWebhooks:
        raise AppError(
            "api.incoming_webhook.disabled.app_error",
            "Incoming webhooks have been disabled by the system admin.",
            status=501,
        )


def _require(actor: User, channel: Channel) -> Team:
    """The team of the channel, for those who may make hooks there."""
    if channel.team is None:
        raise errors.not_permitted()
    permissions.require(actor, "manage_incoming_webhooks", team=channel.team)
    if not channel.is_open:
        channels.read(actor=actor, channel=channel)
    return channel.team


def _owner(actor: User, owner_id: str, team: Team) -> User:
    if owner_id in ("", actor.id):
        return actor
    permissions.require(actor, "manage_others_incoming_webhooks", team=team)
    return users.find_shared(owner_id)


def _require_reach(owner: User, channel: Channel) -> None:
    if not channel.is_open and not permissions.may(owner, "read_channel", channel=channel):
        raise errors.not_permitted(
            detail="channel_id: the webhook's owner must be a member of a private channel",
            field="channel",
            words=f"{owner} owns the webhook, and is not in this private channel.",
        )


def _change(hook: IncomingWebhook, values: dict[str, Any]) -> None:
    """Write these fields of a live hook; a hook that somebody deletes at this moment stays deleted."""
    with transaction.atomic():
        if not IncomingWebhook.objects.filter(id=hook.id, delete_at=0).update(**values):
            raise _no_hook()
        process_cache.forget_everywhere(("incoming_hook", hook.id))


def _no_hook() -> AppError:
    return AppError("app.webhooks.get_incoming.app_error", "Unable to get the webhook.", status=404)


def _speaks_for(actor: User, owner: User) -> bool:
    return actor.id == owner.id or actor.is_system_admin


def _locked(actor: User, channel: Channel, *, channel_locked: bool) -> bool:
    if not get_config().ServiceSettings.EnforceIncomingWebhookChannelLocking:
        return channel_locked
    may_bypass = permissions.may(actor, "bypass_incoming_webhook_channel_lock", team=channel.team)
    return channel_locked or not may_bypass


def _set_appearance(hook: IncomingWebhook, *, username: str, icon_url: str) -> None:
    settings = get_config().ServiceSettings
    if settings.EnablePostUsernameOverride:
        if username and not users.is_valid_username(username):
            raise AppError(
                "api.incoming_webhook.invalid_username.app_error",
                "Invalid username.",
                field="username",
                words=users.USERNAME_RULE,
            )
        hook.username = username
    if settings.EnablePostIconOverride:
        hook.icon_url = icon_url


def _check(hook: IncomingWebhook) -> None:
    for field, (longest, id_part, sentence) in LIMITS.items():
        if len(getattr(hook, field).encode()) > longest:
            raise AppError(
                f"model.incoming_hook.{id_part}.app_error",
                sentence,
                detail=f"{field} is longer than {longest} bytes",
                field=field,
                words=f"At most {longest} bytes: a letter beyond a to z takes two to four.",
            )
