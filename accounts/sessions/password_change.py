"""A new password, which ends what the old one opened (specification §6.4)."""

from django.db import transaction

from accounts.passwords import passwords, rules
from accounts.people import users
from accounts.people.models import User
from mattermost_hooks import process_cache
from mattermost_hooks.records import now_ms

from . import sessions
from .models import Session


def set_password(*, user: User, password: str, keep: Session | None = None) -> None:
    """Give an account a new password, unlock it and end its other sessions (specification §6.4).

    429 while too many passwords wait to be hashed.
    """
    rules.check(password)
    hashed, now = passwords.hashed(password), now_ms()
    with transaction.atomic():
        account = User.objects.filter(id=user.id)
        if not account.update(password=hashed, last_password_update=now, update_at=now):
            raise users.no_such_account()
        sessions.end_all(user, keep=keep)
        process_cache.forget_everywhere(("user", user.id))
    users.unlock(user=user)
