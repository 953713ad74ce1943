"""Outgoing webhooks: made, changed, and what is particular to them (specification §3.7)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Unpack

from django.db import transaction

from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from integrations.delivery import deliveries, signing_secrets
from integrations.delivery.signing_secrets import SigningSecret
from integrations.managed import shapes
from integrations.managed.kind import Kind
from integrations.managed.shapes import Shape
from integrations.outbound import outbound
from mattermost_hooks import limits, process_cache, sealing
from mattermost_hooks.errors import Refusal
from mattermost_hooks.records import new_id, now_ms

from . import matching
from .models import EXACT, STARTS_WITH, OutgoingWebhook

TOKEN_BYTES = 26
LONGEST_LIST_BYTES = 1024


class _Reports(shapes.Named, total=False):
    trigger_words: Annotated[Sequence[str], Shape()]
    trigger_when: Annotated[int, Shape()]
    callback_urls: Annotated[Sequence[str], Shape()]
    content_type: Annotated[
        str, Shape(128, "is_valid.content_type", "Invalid value for content_type.")
    ]


class Said(_Reports, shapes.Appearance, total=False):
    """What people say of an outgoing webhook, beside its channel."""


KIND = Kind(
    said=shapes.of(
        Said,
        "model.outgoing_hook",
        display_name={"error": "is_valid.display_name"},
        description={"error": "is_valid.description"},
        username={"help": "The name on its replies, unless a reply brings its own."},
        icon_url={"help": "The address of a picture for its replies."},
    ),
    model=OutgoingWebhook,
    needs_channel=False,
    name="outgoing_webhooks",
    setting="EnableOutgoingWebhooks",
    disabled_id="api.outgoing_webhook.disabled.app_error",
    missing_id="app.webhooks.get_outgoing.app_error",
    remembered_as=lambda hook: matching.hook_subject(hook.id),
)
no_trigger = Refusal(
    "api.webhook.create_outgoing.triggers.app_error",
    "Either trigger_words or channel_id must be set.",
    field="trigger_words",
    words="Give trigger words, a channel, or both.",
)
not_public = Refusal(
    "api.webhook.create_outgoing.not_open.app_error",
    "Outgoing webhooks can only be created for public channels.",
    status=403,
    field="channel",
    words="This channel is private; an outgoing webhook listens in public channels only.",
)
of_another_team = Refusal(
    "api.webhook.create_outgoing.permissions.app_error",
    "Invalid permissions to create outgoing webhook.",
    status=403,
    detail="channel_id must be a channel of the hook's team",
    field="channel",
)
create_collides, update_collides = (
    Refusal(
        f"api.webhook.{action}_outgoing.intersect.app_error",
        "Multiple outgoing webhooks from the same channel cannot have the same trigger "
        "words/callback URLs.",
        field="trigger_words",
        words="Another webhook has one of these words and one of these callback URLs already.",
    )
    for action in ("create", "update")
)
bad_token = Refusal(
    "model.outgoing_hook.is_valid.token.app_error",
    "Invalid token.",
    detail=f"token must have {TOKEN_BYTES} bytes",
    field="token",
)
long_words = Refusal(
    "model.outgoing_hook.is_valid.words.app_error",
    "Invalid trigger words.",
    detail=f"trigger_words are longer than {LONGEST_LIST_BYTES} bytes together",
    field="trigger_words",
    words=f"These words are longer than {LONGEST_LIST_BYTES} bytes together.",
)
blank_word = Refusal(
    "model.outgoing_hook.is_valid.trigger_words.app_error",
    "Invalid trigger words.",
    detail="trigger_words holds an empty word",
    field="trigger_words",
    words="A trigger word is empty.",
)
no_url = Refusal(
    "model.outgoing_hook.is_valid.callback.app_error",
    "Invalid callback URLs.",
    detail="callback_urls is empty",
    field="callback_urls",
    words="Give at least one callback URL.",
)
long_urls = replace(
    no_url,
    detail=f"callback_urls are longer than {LONGEST_LIST_BYTES} bytes together",
    words=f"These URLs are longer than {LONGEST_LIST_BYTES} bytes together.",
)
bad_url = Refusal(
    "model.outgoing_hook.is_valid.url.app_error",
    "Invalid callback URLs. Each must be a valid URL and start with http:// or https://.",
    detail="callback_urls",
    field="callback_urls",
    words="Each callback URL must be a valid URL and start with http:// or https://.",
)
bad_trigger_when = Refusal(
    "model.outgoing_hook.is_valid.trigger_when.app_error",
    "Invalid value for trigger_when.",
    detail=f"trigger_when must be {EXACT} (exact) or {STARTS_WITH} (starts with)",
    field="trigger_when",
)
_OF_WHAT_IS_SAID = (
    no_trigger,
    not_public,
    of_another_team,
    long_words,
    blank_word,
    no_url,
    bad_url,
    bad_trigger_when,
)
# What create() and update() refuse with, but for permissions, owners and limits.
OF_A_NEW_HOOK = (*_OF_WHAT_IS_SAID, bad_token, create_collides)
OF_A_CHANGE = (*_OF_WHAT_IS_SAID, update_collides)
find, read, of_team, delete = KIND.find, KIND.read, KIND.of_team, KIND.delete


def create(
    *,
    actor: User,
    team: Team,
    channel: Channel | None = None,
    creator_id: str = "",
    token: str = "",
    most_attempts: int = 0,
    **said: Unpack[Said],
) -> OutgoingWebhook:
    """A hook of `team` that answers as its creator, the actor unless told otherwise.

    The creator is a member of the team who does not outrank the actor (integrations/managed/owners.py). It
    needs a public channel, trigger words or both. A token of 26 bytes is kept, so that a receiver need not be
    told a new one. `most_attempts` says how often a delivery is tried, 0 for what the console says. 403 without
    permission, 501 while outgoing webhooks are switched off, 400 for what breaks a limit or collides with
    another hook.
    """
    permissions.require(actor, KIND.manage, team=team)
    creator = KIND.owner_for(actor=actor, owner_id=creator_id, team=team)
    hook = OutgoingWebhook(creator=creator, team=team, channel=channel, token=token or new_id())
    hook.most_attempts = most_attempts
    KIND.say(hook, said)
    _check_scope(hook)
    with transaction.atomic():
        _refuse_collision(hook, create_collides)
        _check(hook)
        hook.save(force_insert=True)
        process_cache.forget_everywhere(matching.team_subject(hook.team_id))
    return hook


def update(
    *,
    actor: User,
    hook: OutgoingWebhook,
    channel: Channel | None = None,
    most_attempts: int | None = None,
    **said: Unpack[Said],
) -> OutgoingWebhook:
    """Replace what a hook listens to and says; its creator, team and token stay, and how often it is tried
    unless that is given.

    Checked like create(), and its creator must still be in the team. 404 for a hook that was deleted
    meanwhile.
    """
    KIND.require_enabled()
    KIND.require_managing(actor, hook)
    KIND.check_owner(hook)
    hook.channel = channel
    if most_attempts is not None:
        hook.most_attempts = most_attempts
    KIND.say(hook, said)
    _check_scope(hook)
    with transaction.atomic():
        _refuse_collision(hook, update_collides)
        _check(hook)
        KIND.store(hook, "most_attempts")
        process_cache.forget_everywhere(matching.team_subject(hook.team_id))
    return hook


def call_elsewhere(*, hook: OutgoingWebhook, url: str, instead_of: str) -> None:
    """Call `url` instead of another one, with what is still to be delivered, too: a program has moved.

    400 for what is no address; 404 for a hook that was deleted meanwhile.
    """
    hook.callback_urls = [url if one == instead_of else one for one in hook.callback_urls]
    hook.update_at = now_ms()
    _check_urls(hook.callback_urls)
    with transaction.atomic():
        KIND.change(hook, {"callback_urls": hook.callback_urls, "update_at": hook.update_at})
        deliveries.send_elsewhere(owner_id=hook.id, url=url, instead_of=instead_of)


def regenerate_token(*, actor: User, hook: OutgoingWebhook) -> OutgoingWebhook:
    """Give a hook a new token; every request from now on carries it, retries included.

    404 for a hook that was deleted meanwhile.
    """
    KIND.require_enabled()
    KIND.require_managing(actor, hook)
    hook.token, hook.update_at = new_id(), now_ms()
    KIND.change(hook, {"token": hook.token, "update_at": hook.update_at})
    return hook


def regenerate_signing_secret(*, actor: User, hook: OutgoingWebhook) -> list[SigningSecret]:
    """Give a hook a new signing secret: all that sign from now on, the new one first, then those before it.

    Each of those signs for a day after it was replaced, the two latest at most. 404 for a hook that was deleted
    meanwhile.
    """
    KIND.require_enabled()
    KIND.require_managing(actor, hook)
    with transaction.atomic():
        # Two people who ask at once come one after the other: the secret of the first signs, too.
        held = OutgoingWebhook.objects.select_for_update().get(id=hook.id)
        now = now_ms()
        hook.sealed_secrets = signing_secrets.replaced(held.sealed_secrets, now=now)
        hook.update_at = now
        KIND.change(hook, {"sealed_secrets": hook.sealed_secrets, "update_at": now})
    return signing_secrets.valid(hook.sealed_secrets, now=now)


def reseal() -> tuple[int, int]:
    """Seal the signing secrets of all hooks under the SECRET_KEY of today; its fallbacks may go afterwards.

    Returns how many hooks have theirs sealed anew, and how many have secrets that cannot be opened.
    """
    live = OutgoingWebhook.objects.filter(delete_at=0)
    done = lost = 0
    for id, sealed in list(live.values_list("id", "sealed_secrets")):
        try:
            anew = sealing.resealed(sealed)
        except sealing.CannotBeOpened:
            lost += 1
        else:
            # Whoever replaces them at this moment seals them under the key of today, too.
            live.filter(id=id, sealed_secrets=sealed).update(sealed_secrets=anew)
            done += 1
    return done, lost


def of_channel(
    *, actor: User, channel: Channel, first: int = 0, limit: int = 200
) -> list[OutgoingWebhook]:
    """Live hooks bound to one channel, like of_team()."""
    bound = KIND.live().filter(channel=channel)
    return list(KIND.own_or_all(bound, actor, channel.team)[first : first + limit])


def _check_scope(hook: OutgoingWebhook) -> None:
    if hook.channel is None:
        if not hook.trigger_words:
            raise no_trigger()
        return
    if not hook.channel.is_open:
        raise not_public()
    if hook.channel.team_id != hook.team_id:
        raise of_another_team(words=f"This must be a channel of the webhook's team, {hook.team}.")


def _refuse_collision(hook: OutgoingWebhook, collides: Refusal) -> None:
    # Holding the team's row makes two people who create the same hook at once come one after the other.
    Team.objects.select_for_update().get(id=hook.team_id)
    others = KIND.live().filter(team=hook.team_id, channel=hook.channel_id).exclude(id=hook.id)
    for other in others:
        shares_url = set(other.callback_urls) & set(hook.callback_urls)
        if shares_url and set(other.trigger_words) & set(hook.trigger_words):
            raise collides()


def _check(hook: OutgoingWebhook) -> None:
    """Refuse what breaks the limits of specification §1.11, in Mattermost's order."""
    if len(hook.token.encode()) != TOKEN_BYTES:
        raise bad_token()
    _check_words(hook.trigger_words)
    _check_urls(hook.callback_urls)
    limits.check(hook, KIND.limits)
    if hook.trigger_when not in (EXACT, STARTS_WITH):
        raise bad_trigger_when()


def _check_words(words: list[str]) -> None:
    if _printed_length(words) > LONGEST_LIST_BYTES:
        raise long_words()
    if not all(words):
        raise blank_word()


def _check_urls(urls: list[str]) -> None:
    if not urls:
        raise no_url()
    if _printed_length(urls) > LONGEST_LIST_BYTES:
        raise long_urls()
    if not all(outbound.is_valid_url(url) for url in urls):
        raise bad_url()


def _printed_length(texts: list[str]) -> int:
    # Mattermost measures the list as its language prints it: one blank between, brackets around.
    return len(f"[{' '.join(texts)}]".encode())
