"""What becomes of a call: a reply, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["blocked", "timeout", "unreachable", "too_large", "protocol", "invalid_url"]

LARGEST_BODY_BYTES = 1_048_576


@dataclass(frozen=True)
class Reply:
    """What a server answered, whatever its status: redirects are not followed. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The Content-Type header, "" if there is none."""
        return self.headers.get("content-type", "")


class OutboundError(Exception):
    """No usable reply. `message` is for people and holds no secret; `retry`: another try may succeed."""

    def __init__(self, kind: Kind, message: str, *, retry: bool) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.retry = retry


def timed_out() -> OutboundError:
    """The deadline has passed."""
    return OutboundError("timeout", "The receiver did not answer in time.", retry=True)


def too_large() -> OutboundError:
    """The receiver answered more than is read."""
    return OutboundError("too_large", "The receiver answered more than 1 MiB.", retry=False)


def broken() -> OutboundError:
    """What came is no reply."""
    message = "The receiver broke off or did not answer in valid HTTP."
    return OutboundError("protocol", message, retry=True)
