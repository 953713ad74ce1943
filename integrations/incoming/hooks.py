"""Incoming webhooks: made, changed, and what is particular to them (specification §2.10)."""

from typing import Annotated, Any, Unpack

from accounts.people import users
from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from integrations.managed import shapes
from integrations.managed.kind import Kind
from integrations.managed.shapes import Shape
from mattermost_hooks import errors, limits
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal

from .models import IncomingWebhook


class _Locked(shapes.Named, total=False):
    channel_locked: Annotated[
        bool,
        Shape(
            label="Lock to this channel",
            help="Messages that name another channel are refused.",
            console_label="Lock to this channel",
            console_help="Messages for any other channel are refused.",
        ),
    ]


class Said(_Locked, shapes.Appearance, total=False):
    """What people say of an incoming webhook, beside its channel."""


KIND = Kind(
    model=IncomingWebhook,
    needs_channel=True,
    name="incoming_webhooks",
    setting="EnableIncomingWebhooks",
    said=shapes.of(Said, "model.incoming_hook", icon_url={"sentence": "Invalid post icon."}),
    disabled_id="api.incoming_webhook.disabled.app_error",
    missing_id="app.webhooks.get_incoming.app_error",
    remembered_as=lambda hook: ("incoming_hook", hook.id),
)
bad_username = Refusal(
    "api.incoming_webhook.invalid_username.app_error",
    "Invalid username.",
    field="username",
    words=users.USERNAME_RULE,
)
OF_A_NEW_HOOK = OF_A_CHANGE = (bad_username,)
find, read, of_team, delete = KIND.find, KIND.read, KIND.of_team, KIND.delete


def create(
    *, actor: User, channel: Channel, owner_id: str = "", **said: Unpack[Said]
) -> IncomingWebhook:
    """A hook that posts into `channel` as its owner, the actor unless told otherwise.

    The owner is a member of the team who does not outrank the actor (integrations/managed/owners.py); made
    for somebody else by anyone but a system administrator, it writes no direct messages. 403
    without permission, 501 while incoming webhooks are switched off. Name and picture are dropped while
    the console does not allow them.
    """
    team = _require(actor, channel)
    own = owner_id == actor.id
    owner = KIND.owner_for(actor=actor, owner_id="" if own else owner_id, team=team)
    _require_reach(owner, channel)
    hook = IncomingWebhook(
        user=owner, channel=channel, team=team, direct_messages=_speaks_for(actor, owner)
    )
    KIND.say(hook, _allowed(said, actor, hook))
    limits.check(hook, KIND.limits)
    hook.save(force_insert=True)
    return hook


def update(
    *, actor: User, hook: IncomingWebhook, channel: Channel, **said: Unpack[Said]
) -> IncomingWebhook:
    """Replace what a hook says of itself and where it posts; its owner and team stay.

    The owner must still be in the team, and in the channel if it is a private one. A hook that somebody
    other than the owner or a system administrator unlocks writes no direct messages. 404 for a hook that
    was deleted meanwhile.
    """
    KIND.require_enabled()
    KIND.require_managing(actor, hook)
    if channel.team_id != hook.team_id:
        raise errors.invalid_body(
            "channel_id",
            detail="channel_id must be a channel of the hook's team",
            field="channel",
            words=f"This must be a channel of the webhook's team, {hook.team}.",
        )
    _require(actor, channel)
    KIND.check_owner(hook)
    _require_reach(hook.user, channel)
    hook.channel = channel
    was_locked = hook.channel_locked
    KIND.say(hook, _allowed(said, actor, hook))
    if was_locked and not hook.channel_locked and not _speaks_for(actor, hook.user):
        hook.direct_messages = False
    limits.check(hook, KIND.limits)
    KIND.store(hook, "direct_messages")
    return hook


def url_of(hook: IncomingWebhook, site_url: str) -> str:
    """The address that external programs post to; a secret."""
    return f"{site_url.rstrip('/')}/hooks/{hook.id}"


def _require(actor: User, channel: Channel) -> Team:
    """The team of the channel, for those who may make hooks there."""
    if channel.team is None:
        raise errors.not_permitted()
    permissions.require(actor, "manage_incoming_webhooks", team=channel.team)
    if not channel.is_open:
        channels.read(actor=actor, channel=channel)
    return channel.team


def _require_reach(owner: User, channel: Channel) -> None:
    if not channel.is_open and not permissions.may(owner, "read_channel", channel=channel):
        raise errors.not_permitted(
            detail="channel_id: the webhook's owner must be a member of a private channel",
            field="channel",
            words=f"{owner} owns the webhook, and is not in this private channel.",
        )


def _speaks_for(actor: User, owner: User) -> bool:
    return actor.id == owner.id or actor.is_system_admin


def _locked(actor: User, channel: Channel, *, channel_locked: bool) -> bool:
    if not get_config().ServiceSettings.EnforceIncomingWebhookChannelLocking:
        return channel_locked
    may_bypass = permissions.may(actor, "bypass_incoming_webhook_channel_lock", team=channel.team)
    return channel_locked or not may_bypass


def _allowed(said: Said, actor: User, hook: IncomingWebhook) -> dict[str, Any]:
    """What is said, without what the console does not let people say."""
    settings = get_config().ServiceSettings
    allowed: dict[str, Any] = dict(said)
    wish = said.get("channel_locked", False)
    allowed["channel_locked"] = _locked(actor, hook.channel, channel_locked=wish)
    if not settings.EnablePostUsernameOverride:
        allowed["username"] = hook.username
    elif (username := said.get("username")) and not users.is_valid_username(username):
        raise bad_username()
    if not settings.EnablePostIconOverride:
        allowed["icon_url"] = hook.icon_url
    return allowed
