"""The secrets that a sender signs with, as its row keeps them: one, and for a day those before it.

They are sealed together. A secret that was replaced goes on signing beside its successor, so that a receiver
can be told the new one without refusing a single request.
"""

import json
from dataclasses import dataclass

from mattermost_hooks import sealing

from . import signatures

OVERLAP_MS = 24 * 60 * 60 * 1000
MOST_EARLIER = 2

CANNOT_SIGN = (
    "It cannot be opened: the server's SECRET_KEY is not the one it was made under. Requests go out without a "
    "signature until a new secret is made."
)
UNSIGNED = "Sent without a signature: the signing secret cannot be opened. Make a new one."


@dataclass(frozen=True)
class SigningSecret:
    """A secret, and until when it signs (ms); 0 for the current one."""

    text: str
    until: int = 0


def first() -> str:
    """The secrets of a new sender, sealed."""
    return _seal([SigningSecret(signatures.new_secret())])


def replaced(sealed: str, *, now: int) -> str:
    """The secrets once a new one was made at `now` (ms), sealed.

    Those before it go on signing, each until a day after it was replaced, but two at most: a third one ends the
    oldest at once. Secrets that cannot be opened end, too.
    """
    earlier = [
        SigningSecret(one.text, one.until or now + OVERLAP_MS) for one in valid(sealed, now=now)
    ]
    return _seal([SigningSecret(signatures.new_secret()), *earlier[:MOST_EARLIER]])


def valid(sealed: str, *, now: int) -> list[SigningSecret]:
    """The secrets that sign at `now` (ms), the current one first; none if they cannot be opened."""
    try:
        kept = json.loads(sealing.unseal(sealed))
    except sealing.CannotBeOpened:
        return []
    return [SigningSecret(text, until) for text, until in kept if not until or until > now]


def _seal(kept: list[SigningSecret]) -> str:
    return sealing.seal(json.dumps([[one.text, one.until] for one in kept]))
