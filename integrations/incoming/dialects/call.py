"""What arrives at the address of an incoming webhook."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """A call as it came. `content_type` is the header as sent, None or blank when there was none."""

    content_type: str | None
    body: bytes
    query: Mapping[str, str]
