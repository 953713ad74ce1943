"""A call of an incoming webhook, from its body to the posts (specification §2)."""

import logging
from collections.abc import Mapping

from django.utils.crypto import constant_time_compare

from accounts.people import users
from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Post
from integrations.message import posting
from integrations.message.message import Message
from mattermost_hooks import process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import is_id, now_ms

from . import dialects
from .models import IncomingWebhook

# A hook in steady use has its time of last use written once a minute, not with every call.
LAST_USED_STEP_MS = 60_000

logger = logging.getLogger(__name__)

# Hook id → when this process last wrote down that it was used (ms).
_noted_uses: dict[str, int] = {}


def receive(
    *, hook_id: str, content_type: str | None, body: bytes, query: Mapping[str, str]
) -> list[Post]:
    """Post what an external program sent; the checks come in Mattermost's order (§2.4).

    Raises AppError with the status and id of §2.9; then nothing has been posted.
    """
    try:
        return _receive(hook_id, dialects.read(content_type=content_type, body=body, query=query))
    except AppError as refusal:
        if get_config().LogSettings.EnableWebhookDebugging:
            logger.info("Incoming webhook call refused: %s %s", refusal.id, refusal.detail)
        raise


def _receive(hook_id: str, message: Message) -> list[Post]:
    if not get_config().ServiceSettings.EnableIncomingWebhooks:
        raise AppError(
            "web.incoming_webhook.disabled.app_error",
            "Incoming webhooks have been disabled by the system admin.",
            status=501,
        )
    if message.is_empty:
        raise AppError("web.incoming_webhook.text.app_error", "No text specified.")
    hook = _hook(hook_id)
    owner = users.find_shared(hook.user_id)
    channel = _channel(hook, owner, message.channel)
    if hook.channel_locked and channel.id != hook.channel_id:
        raise _locked()
    if not channel.is_open and not _reaches(hook, owner, channel):
        raise _closed_channel()
    made = posting.post_message(
        user=owner,
        channel=channel,
        message=message,
        sender=posting.Sender(hook.display_name, hook.username, hook.icon_url),
        root=_root(message.root_id, channel) if message.root_id else None,
    )
    _note_use(hook)
    return made


def _hook(hook_id: str) -> IncomingWebhook:
    def load() -> IncomingWebhook:
        hook = IncomingWebhook.objects.filter(id=hook_id, delete_at=0, team__delete_at=0).first()
        if hook is None or not constant_time_compare(hook.id, hook_id):
            raise AppError("web.incoming_webhook.invalid.app_error", "Invalid webhook.")
        return hook

    return process_cache.remember(("incoming_hook", hook_id), load)


def _channel(hook: IncomingWebhook, owner: User, wanted: str) -> Channel:
    if not wanted:
        channel = channels.find_shared(hook.channel_id)
        if channel.delete_at:
            raise _no_channel()
        return channel
    if wanted.startswith("@"):
        person = _user(wanted[1:])
        if hook.channel_locked:  # a channel that nothing may be said in is not made
            raise _locked()
        if not hook.direct_messages:
            raise _closed_channel()
        return channels.direct(owner, person)
    name = wanted.removeprefix("#")
    try:
        return channels.by_handle_shared(team_id=hook.team_id, name=name)
    except AppError as error:
        raise _no_channel() from error


def _reaches(hook: IncomingWebhook, owner: User, channel: Channel) -> bool:
    """Into a private or direct channel that a call names a hook comes only as a member of it.

    For its own channel, which was chosen when the hook was made, the owner's right to read is enough.
    """
    if channel.id == hook.channel_id:
        return permissions.may(owner, "read_channel", channel=channel)
    is_direct = channel.team_id is None
    return permissions.is_member(owner, channel) and (hook.direct_messages or not is_direct)


def _locked() -> AppError:
    return AppError(
        "web.incoming_webhook.channel_locked.app_error",
        "This webhook is not permitted to post to the requested channel.",
        status=403,
    )


def _closed_channel() -> AppError:
    return AppError(
        "web.incoming_webhook.permissions.app_error",
        "Inappropriate channel permissions.",
        status=403,
        detail="channel: the webhook's owner is not in it, or the webhook may not write to people",
    )


def _no_channel() -> AppError:
    return AppError(
        "web.incoming_webhook.channel.app_error", "Couldn't find the channel.", status=404
    )


def _user(username: str) -> User:
    user = users.find_by_username(username)
    if user is None:
        raise AppError("web.incoming_webhook.user.app_error", "Couldn't find the user.")
    return user


def _root(root_id: str, channel: Channel) -> Post:
    named = Post.objects.filter(id=root_id, channel=channel).first() if is_id(root_id) else None
    if named is None:
        raise posts.bad_root(detail="root_id is no post of the target channel")
    return posts.find_root(named.root_id or named.id, channel)


def _note_use(hook: IncomingWebhook) -> None:
    now = now_ms()
    if now - max(hook.last_used, _noted_uses.get(hook.id, 0)) < LAST_USED_STEP_MS:
        return
    _noted_uses[hook.id] = now
    IncomingWebhook.objects.filter(id=hook.id).update(last_used=now)
