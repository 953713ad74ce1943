"""Secrets that the database keeps sealed: the key is made of SECRET_KEY, which does not stand in it.

What was sealed under one of SECRET_KEY_FALLBACKS is still opened, so that SECRET_KEY can be changed. Opening a
text takes about ten microseconds, so nobody need keep it open.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class CannotBeOpened(Exception):
    """It was sealed under a SECRET_KEY that is not known any more, or has been changed since."""


def seal(text: str) -> str:
    """The text, unreadable for whoever has the database alone, and protected against changes."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed; CannotBeOpened if no key of today opens it."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotBeOpened from None


def resealed(sealed: str) -> str:
    """The same secret sealed under the SECRET_KEY of today; CannotBeOpened if no key of today opens it."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise CannotBeOpened from None


def _box() -> MultiFernet:
    return _box_of(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=1)
def _box_of(*keys: str) -> MultiFernet:
    """Seals with the first key, opens with all."""
    return MultiFernet([Fernet(urlsafe_b64encode(_derived(key))) for key in keys])


def _derived(key: str) -> bytes:
    # A key of its own for this purpose: what signs cookies seals nothing.
    derivation = HKDF(SHA256(), length=32, salt=None, info=b"mattermost_hooks.sealing")
    return derivation.derive(key.encode())
