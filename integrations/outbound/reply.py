"""What becomes of a call: a reply, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["blocked", "timeout", "unreachable", "too_large", "protocol", "invalid_url"]
Phase = Literal["name", "connect", "tls", "first_byte", "body"]


@dataclass(frozen=True)
class Timings:
    """How long each part of a call took, in whole milliseconds; None for a part that it did not come to.

    Resolving the name; connecting, to a proxy and through it as well; the TLS handshake; sending the
    request and waiting for the first byte of the answer; reading all of the answer, headers included. A
    connection kept from an earlier call has none of the first three. The part in which a call failed
    lasted until then, so the parts together are the whole call.
    """

    name: int | None = None
    connect: int | None = None
    tls: int | None = None
    first_byte: int | None = None
    body: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a server answered, whatever its status: redirects are not followed. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    timings: Timings = Timings()

    @property
    def content_type(self) -> str:
        """The Content-Type header, "" if there is none."""
        return self.headers.get("content-type", "")


class OutboundError(Exception):
    """No usable reply. `message` is for people and holds no secret; `retry`: another try may succeed."""

    timings = Timings()

    def __init__(self, kind: Kind, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry = retry
