"""Browsers that an account has signed in with before, told by a signed cookie.

Wrong passwords are counted for such a browser by itself. So somebody who guesses from the same address, or
behind the same proxy, does not keep the account's owner out.
"""

from django.core import signing

from accounts.people.models import User
from mattermost_hooks.records import new_id

COOKIE = "MMBROWSER"
LONGEST_MEMORY_SECONDS = 180 * 24 * 60 * 60

_SALT = "accounts.sessions.browsers"


def remember(user: User, *, known: str) -> str:
    """What the cookie holds from now on; a browser keeps the name it has for this account."""
    return signing.dumps([user.id, recognise(known, user) or new_id()], salt=_SALT)


def recognise(cookie: str, user: User | None) -> str:
    """The name of the browser if it has signed in to this account before, else ""."""
    try:
        user_id, name = signing.loads(cookie, salt=_SALT, max_age=LONGEST_MEMORY_SECONDS)
    except (signing.BadSignature, TypeError, ValueError):
        return ""
    return str(name) if user is not None and user_id == user.id else ""
