"""Outgoing webhooks: made, listed, changed, deleted (specification §3.7)."""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.db.models import QuerySet

from accounts.people import users
from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from integrations.delivery.endpoints import endpoint_of
from integrations.managed import owners
from integrations.outbound import outbound
from mattermost_hooks import process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import new_id, now_ms

from .models import EXACT, PENDING, STARTS_WITH, OutgoingWebhook

TOKEN_BYTES = 26
LONGEST_LIST_BYTES = 1024

# Bytes of UTF-8, as Mattermost counts them, with the middle of the error id and its sentence.
LIMITS = {
    "display_name": (64, "is_valid.display_name", "Invalid title."),
    "description": (500, "is_valid.description", "Invalid description."),
    "content_type": (128, "is_valid.content_type", "Invalid value for content_type."),
    "username": (64, "username", "Invalid username."),
    "icon_url": (1024, "icon_url", "Invalid icon."),
}
_CHANGEABLE = [
    *LIMITS,
    "channel",
    "trigger_words",
    "trigger_when",
    "callback_urls",
    "update_at",
]


class Texts(TypedDict, total=False):
    """What a hook says of itself, and the name and picture of its posts; blank unless given."""

    display_name: str
    description: str
    content_type: str
    username: str
    icon_url: str


def create(
    *,
    actor: User,
    team: Team,
    callback_urls: Sequence[str],
    channel: Channel | None = None,
    creator_id: str = "",
    token: str = "",
    trigger_words: Sequence[str] = (),
    trigger_when: int = EXACT,
    **texts: Unpack[Texts],
) -> OutgoingWebhook:
    """A hook of `team` that answers as its creator, the actor unless told otherwise.

    The creator is a member of the team who does not outrank the actor (integrations/owners.py). It needs
    a public channel, trigger words or both. A token of 26 bytes is kept, so that a receiver need not be
    told a new one. 403 without permission, 501 while outgoing webhooks are switched off, 400 for what
    breaks a limit or collides with another hook.
    """
    permissions.require(actor, "manage_outgoing_webhooks", team=team)
    creator = _creator(actor, creator_id, team)
    _require_enabled()
    owners.check(actor=actor, owner=creator, team=team, field="creator_id")
    hook = OutgoingWebhook(
        creator=creator,
        team=team,
        channel=channel,
        token=token or new_id(),
        trigger_words=list(trigger_words),
        trigger_when=trigger_when,
        callback_urls=list(callback_urls),
        **texts,
    )
    _check_scope(hook)
    with transaction.atomic():
        _refuse_collision(hook, "create")
        _check(hook)
        hook.save(force_insert=True)
        process_cache.forget_everywhere(("outgoing_hooks", hook.team_id))
    return hook


def update(
    *,
    actor: User,
    hook: OutgoingWebhook,
    callback_urls: Sequence[str],
    channel: Channel | None = None,
    trigger_words: Sequence[str] = (),
    trigger_when: int = EXACT,
    **texts: Unpack[Texts],
) -> OutgoingWebhook:
    """Replace what a hook listens to and says; its creator, team and token stay.

    Checked like create(), and its creator must still be in the team. 404 for a hook that was deleted
    meanwhile.
    """
    _require_enabled()
    require_managing(actor, hook)
    owners.check_membership(owner=hook.creator, team=hook.team, field="creator_id")
    hook.channel = channel
    hook.trigger_words, hook.trigger_when = list(trigger_words), trigger_when
    hook.callback_urls = list(callback_urls)
    for field in LIMITS:
        setattr(hook, field, texts.get(field, ""))
    _check_scope(hook)
    hook.update_at = now_ms()
    with transaction.atomic():
        _refuse_collision(hook, "update")
        _check(hook)
        _change(hook, {field: getattr(hook, field) for field in _CHANGEABLE})
    return hook


def call_elsewhere(*, hook: OutgoingWebhook, url: str, instead_of: str) -> None:
    """Call `url` instead of another one, with what is still to be delivered, too: a program has moved.

    400 for what is no address; 404 for a hook that was deleted meanwhile.
    """
    hook.callback_urls = [url if one == instead_of else one for one in hook.callback_urls]
    hook.update_at = now_ms()
    _check_urls(hook.callback_urls)
    with transaction.atomic():
        _change(hook, {"callback_urls": hook.callback_urls, "update_at": hook.update_at})
        hook.deliveries.filter(status=PENDING, url=instead_of).update(
            url=url, endpoint=endpoint_of(url)
        )


def regenerate_token(*, actor: User, hook: OutgoingWebhook) -> OutgoingWebhook:
    """Give a hook a new token; every request from now on carries it, retries included.

    404 for a hook that was deleted meanwhile.
    """
    _require_enabled()
    require_managing(actor, hook)
    hook.token, hook.update_at = new_id(), now_ms()
    _change(hook, {"token": hook.token, "update_at": hook.update_at})
    return hook


def delete(*, actor: User, hook: OutgoingWebhook) -> None:
    """Delete a hook; it fires no more, and what it still had to deliver is given up.

    404 for one that is deleted already.
    """
    _require_enabled()
    require_managing(actor, hook)
    now = now_ms()
    _change(hook, {"delete_at": now, "update_at": now})


def end_with_channel(channel: Channel, at: int) -> None:
    """Delete the hooks whose channel is being archived, at that time (ms)."""
    of_channel = OutgoingWebhook.objects.filter(channel=channel, delete_at=0)
    of_channel.update(delete_at=at, update_at=at)
    process_cache.forget_everywhere(("outgoing_hooks", channel.team_id or ""))


def find(hook_id: str) -> OutgoingWebhook:
    """The live hook with this id; 404 if there is none."""
    hook = _live().filter(id=hook_id).first()
    if hook is None:
        raise _no_hook()
    return hook


def read(*, actor: User, hook_id: str) -> OutgoingWebhook:
    """The hook, for those who may manage it."""
    hook = find(hook_id)
    _require_enabled()
    require_managing(actor, hook)
    return hook


def of_team(
    *,
    actor: User,
    team: Team | None,
    first: int = 0,
    limit: int = 200,
    newest_first: bool = False,
) -> list[OutgoingWebhook]:
    """Live hooks of a team (of all teams for None), oldest first unless told; only one's own without the
    permission to manage those of others. 403 for those who may not manage any.
    """
    hooks = _own_or_all(_live() if team is None else _live().filter(team=team), actor, team)
    return list((hooks.reverse() if newest_first else hooks)[first : first + limit])


def of_channel(
    *, actor: User, channel: Channel, first: int = 0, limit: int = 200
) -> list[OutgoingWebhook]:
    """Live hooks bound to one channel, like of_team()."""
    bound = _live().filter(channel=channel)
    return list(_own_or_all(bound, actor, channel.team)[first : first + limit])


def require_managing(actor: User, hook: OutgoingWebhook) -> None:
    """Raise the 403 unless the actor may manage this hook: one's own, or everybody's."""
    permissions.require(actor, "manage_outgoing_webhooks", team=hook.team)
    if hook.creator_id != actor.id:
        permissions.require(actor, "manage_others_outgoing_webhooks", team=hook.team)


def _live() -> QuerySet[OutgoingWebhook]:
    return OutgoingWebhook.objects.filter(delete_at=0).select_related("team", "channel", "creator")


def _own_or_all(
    hooks: QuerySet[OutgoingWebhook], actor: User, team: Team | None
) -> QuerySet[OutgoingWebhook]:
    _require_enabled()
    permissions.require(actor, "manage_outgoing_webhooks", team=team)
    if not permissions.may(actor, "manage_others_outgoing_webhooks", team=team):
        hooks = hooks.filter(creator=actor)
    return hooks.order_by("create_at", "id")


def _require_enabled() -> None:
    if not get_config().ServiceSettings.EnableOutgoingWebhooks:
        raise AppError(
            "api.outgoing_webhook.disabled.app_error",
            "Outgoing webhooks have been disabled by the system admin.",
            status=501,
        )


def _creator(actor: User, creator_id: str, team: Team) -> User:
    if not creator_id:
        return actor
    permissions.require(actor, "manage_others_outgoing_webhooks", team=team)
    return users.find_shared(creator_id)


def _change(hook: OutgoingWebhook, values: dict[str, Any]) -> None:
    """Write these fields of a live hook, and no others: one that is deleted at this moment stays so."""
    with transaction.atomic():
        if not OutgoingWebhook.objects.filter(id=hook.id, delete_at=0).update(**values):
            raise _no_hook()
        process_cache.forget_everywhere(("outgoing_hooks", hook.team_id))


def _no_hook() -> AppError:
    return AppError("app.webhooks.get_outgoing.app_error", "Unable to get the webhook.", status=404)


def _check_scope(hook: OutgoingWebhook) -> None:
    if hook.channel is None:
        if not hook.trigger_words:
            raise AppError(
                "api.webhook.create_outgoing.triggers.app_error",
                "Either trigger_words or channel_id must be set.",
                field="trigger_words",
                words="Give trigger words, a channel, or both.",
            )
        return
    if not hook.channel.is_open:
        raise AppError(
            "api.webhook.create_outgoing.not_open.app_error",
            "Outgoing webhooks can only be created for public channels.",
            status=403,
            field="channel",
            words="This channel is private; an outgoing webhook listens in public channels only.",
        )
    if hook.channel.team_id != hook.team_id:
        raise AppError(
            "api.webhook.create_outgoing.permissions.app_error",
            "Invalid permissions to create outgoing webhook.",
            status=403,
            detail="channel_id must be a channel of the hook's team",
            field="channel",
            words=f"This must be a channel of the webhook's team, {hook.team}.",
        )


def _refuse_collision(hook: OutgoingWebhook, action: str) -> None:
    # Holding the team's row makes two people who create the same hook at once come one after the other.
    Team.objects.select_for_update().get(id=hook.team_id)
    others = _live().filter(team=hook.team_id, channel=hook.channel_id).exclude(id=hook.id)
    for other in others:
        shares_url = set(other.callback_urls) & set(hook.callback_urls)
        if shares_url and set(other.trigger_words) & set(hook.trigger_words):
            raise AppError(
                f"api.webhook.{action}_outgoing.intersect.app_error",
                "Multiple outgoing webhooks from the same channel cannot have the same trigger "
                "words/callback URLs.",
                field="trigger_words",
                words="Another webhook has one of these words and one of these callback URLs already.",
            )


def _check(hook: OutgoingWebhook) -> None:
    """Refuse what breaks the limits of specification §1.11, in Mattermost's order."""
    if len(hook.token.encode()) != TOKEN_BYTES:
        raise _invalid(
            "is_valid.token", "Invalid token.", f"token must have {TOKEN_BYTES} bytes", "token"
        )
    _check_words(hook.trigger_words)
    _check_urls(hook.callback_urls)
    for field, (longest, id_part, sentence) in LIMITS.items():
        if len(getattr(hook, field).encode()) > longest:
            detail = f"{field} is longer than {longest} bytes"
            words = f"At most {longest} bytes: a letter beyond a to z takes two to four."
            raise _invalid(id_part, sentence, detail, field, words)
    if hook.trigger_when not in (EXACT, STARTS_WITH):
        raise _invalid(
            "is_valid.trigger_when",
            "Invalid value for trigger_when.",
            f"trigger_when must be {EXACT} (exact) or {STARTS_WITH} (starts with)",
            "trigger_when",
        )


def _check_words(words: list[str]) -> None:
    if _printed_length(words) > LONGEST_LIST_BYTES:
        raise _invalid(
            "is_valid.words",
            "Invalid trigger words.",
            f"trigger_words are longer than {LONGEST_LIST_BYTES} bytes together",
            "trigger_words",
            f"These words are longer than {LONGEST_LIST_BYTES} bytes together.",
        )
    if not all(words):
        raise _invalid(
            "is_valid.trigger_words",
            "Invalid trigger words.",
            "trigger_words holds an empty word",
            "trigger_words",
            "A trigger word is empty.",
        )


def _check_urls(urls: list[str]) -> None:
    if not urls:
        raise _invalid(
            "is_valid.callback",
            "Invalid callback URLs.",
            "callback_urls is empty",
            "callback_urls",
            "Give at least one callback URL.",
        )
    if _printed_length(urls) > LONGEST_LIST_BYTES:
        raise _invalid(
            "is_valid.callback",
            "Invalid callback URLs.",
            f"callback_urls are longer than {LONGEST_LIST_BYTES} bytes together",
            "callback_urls",
            f"These URLs are longer than {LONGEST_LIST_BYTES} bytes together.",
        )
    if not all(outbound.is_valid_url(url) for url in urls):
        raise _invalid(
            "is_valid.url",
            "Invalid callback URLs. Each must be a valid URL and start with http:// or https://.",
            "callback_urls",
            "callback_urls",
            "Each callback URL must be a valid URL and start with http:// or https://.",
        )


def _printed_length(texts: list[str]) -> int:
    # Mattermost measures the list as its language prints it: one blank between, brackets around.
    return len(f"[{' '.join(texts)}]".encode())


def _invalid(id_part: str, sentence: str, detail: str, field: str, words: str = "") -> AppError:
    error_id = f"model.outgoing_hook.{id_part}.app_error"
    return AppError(error_id, sentence, detail=detail, field=field, words=words)
