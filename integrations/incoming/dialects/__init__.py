"""The ways in which programs speak to one address: each dialect reads its payloads into a Message."""

from collections.abc import Mapping
from typing import Protocol

from integrations.message.message import Message

from . import mattermost
from .call import Call


class Dialect(Protocol):
    """What a module of this folder offers."""

    def recognises(self, call: Call) -> bool:
        """Is the call in this dialect?"""

    def read(self, call: Call) -> Message:
        """What the call says; an AppError naming the field when it cannot be read."""


# The first that recognises a call reads it; the last one answers for everything.
DIALECTS: tuple[Dialect, ...] = (mattermost,)


def read(*, content_type: str | None, body: bytes, query: Mapping[str, str]) -> Message:
    """What a call of an incoming webhook says. Raises AppError with the ids of specification §2.9."""
    call = Call(content_type=content_type, body=body, query=query)
    return next(dialect for dialect in DIALECTS if dialect.recognises(call)).read(call)
