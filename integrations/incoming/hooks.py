"""Incoming webhooks: made, listed, changed, deleted (specification §2.10)."""

from django.db import transaction

from accounts import users
from accounts.models import User
from channels_app import channels, permissions
from channels_app.models import Channel, Team
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
_CHANGEABLE = [*LIMITS, "channel", "channel_locked", "update_at"]


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

    403 without permission, 501 while incoming webhooks are switched off. Name and picture are dropped
    while the console does not allow them.
    """
    _require(actor, channel)
    owner = _owner(actor, owner_id, channel)
    _require_enabled()
    hook = IncomingWebhook(
        user=owner,
        channel=channel,
        team=channel.team,
        display_name=display_name,
        description=description,
        channel_locked=_locked(actor, channel, channel_locked=channel_locked),
    )
    _present(hook, username=username, icon_url=icon_url)
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
    """Replace what a hook says of itself and where it posts; its owner and team stay."""
    _require_enabled()
    require_managing(actor, hook)
    if channel.team_id != hook.team_id:
        raise errors.invalid_body(
            "channel_id", detail="channel_id must be a channel of the hook's team"
        )
    _require(actor, channel)
    hook.channel = channel
    hook.display_name, hook.description = display_name, description
    hook.channel_locked = _locked(actor, channel, channel_locked=channel_locked)
    _present(hook, username=username, icon_url=icon_url)
    _check(hook)
    hook.update_at = now_ms()
    with transaction.atomic():
        # By name: a hook that somebody has deleted in the meantime must stay deleted.
        hook.save(update_fields=_CHANGEABLE)
        process_cache.forget_everywhere(("incoming_hook", hook.id))
    return hook


def delete(*, actor: User, hook: IncomingWebhook) -> None:
    """Delete a hook; its URL is refused from the next call on."""
    _require_enabled()
    require_managing(actor, hook)
    with transaction.atomic():
        now = now_ms()
        IncomingWebhook.objects.filter(id=hook.id).update(delete_at=now, update_at=now)
        process_cache.forget_everywhere(("incoming_hook", hook.id))


def find(hook_id: str) -> IncomingWebhook:
    """The live hook with this id; 404 if there is none."""
    hook = IncomingWebhook.objects.select_related("channel", "team", "user").filter(
        id=hook_id, delete_at=0
    )
    if (found := hook.first()) is None:
        raise AppError(
            "app.webhooks.get_incoming.app_error", "Unable to get the webhook.", status=404
        )
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


def _require(actor: User, channel: Channel) -> None:
    if channel.team is None:
        raise errors.not_permitted()
    permissions.require(actor, "manage_incoming_webhooks", team=channel.team)
    if not channel.is_open:
        channels.read(actor=actor, channel=channel)


def _owner(actor: User, owner_id: str, channel: Channel) -> User:
    if owner_id in ("", actor.id):
        return actor
    permissions.require(actor, "manage_others_incoming_webhooks", team=channel.team)
    return users.find_shared(owner_id)


def _locked(actor: User, channel: Channel, *, channel_locked: bool) -> bool:
    if not get_config().ServiceSettings.EnforceIncomingWebhookChannelLocking:
        return channel_locked
    may_bypass = permissions.may(actor, "bypass_incoming_webhook_channel_lock", team=channel.team)
    return channel_locked or not may_bypass


def _present(hook: IncomingWebhook, *, username: str, icon_url: str) -> None:
    settings = get_config().ServiceSettings
    if settings.EnablePostUsernameOverride:
        if username and not users.is_valid_username(username):
            raise AppError("api.incoming_webhook.invalid_username.app_error", "Invalid username.")
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
            )
