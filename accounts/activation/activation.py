"""Accounts switched on and off, with all that hangs on them (specification §1.14)."""

from django.db import transaction

from accounts.people import users
from accounts.people.models import Bot, User
from accounts.sessions import sessions
from mattermost_hooks import errors, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.records import now_ms


def set_active(*, actor: User, user: User, active: bool) -> None:
    """Activate or deactivate an account (specification §1.14).

    Deactivating ends its sessions and, if the console says so, disables the bots it owns; its access tokens
    are refused as long as it lasts, its webhooks go on. Only administrators may; 400 for the last active one
    of them.
    """
    if not actor.is_system_admin:
        raise errors.not_permitted()
    with transaction.atomic():
        if not active:
            users.require_another_administrator(user, field="active")
        now = now_ms()
        delete_at = 0 if active else now
        if not User.objects.filter(id=user.id).update(delete_at=delete_at, update_at=now):
            raise users.no_such_account()
        Bot.objects.filter(user=user).update(delete_at=delete_at, update_at=now)
        changed = [user.id] if active else [user.id, *_end_everything(user, now)]
        process_cache.forget_everywhere(*(("user", one) for one in changed))


def _end_everything(user: User, now: int) -> list[str]:
    """End the sessions of an account and disable its bots; the ids of those bots."""
    sessions.end_all(user)
    if not get_config().ServiceSettings.DisableBotsWhenOwnerIsDeactivated:
        return []
    bots = Bot.objects.filter(owner=user, delete_at=0)
    ids = list(bots.values_list("user_id", flat=True))
    User.objects.filter(id__in=ids).update(delete_at=now, update_at=now)
    bots.update(delete_at=now, update_at=now)
    return ids
