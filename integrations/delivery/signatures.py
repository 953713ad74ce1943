"""Signatures as Standard Webhooks lays them down (specification §3.3.1): a receiver that has the secret can
tell that a request is ours, fresh and unchanged. Pure: no clock, no database, no hook.
"""

import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

SECRET_PREFIX = "whsec_"  # noqa: S105 - how every secret begins
KEY_BYTES = 32
VERSION = "v1"


def new_secret() -> str:
    """A fresh secret as people pass it on: `whsec_` and the base64 of 32 random bytes."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def sign(secret: str, *, id: str, at: int, body: bytes) -> str:
    """`v1,` and the base64 of the HMAC-SHA256 of `id.at.body`; `at` in whole seconds, `id` without a dot."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signature = hmac.digest(key, b".".join((id.encode(), str(at).encode(), body)), "sha256")
    return f"{VERSION},{b64encode(signature).decode()}"


def headers(signing: Sequence[str], *, id: str, at: int, body: bytes) -> dict[str, str]:
    """What a request with this body carries: its id, the time (s), and a signature with each of the secrets.

    The id is the same for every attempt, the time is that of this one. Without a secret there is no signature.
    """
    carried = {"webhook-id": id, "webhook-timestamp": str(at)}
    signatures = [sign(secret, id=id, at=at, body=body) for secret in signing]
    return carried | ({"webhook-signature": " ".join(signatures)} if signatures else {})
