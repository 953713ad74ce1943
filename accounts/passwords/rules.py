"""What a password must hold: PasswordSettings of the System Console."""

import re
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal

LONGEST_PASSWORD_BYTES = 72


class Part(NamedTuple):
    """What a password may have to hold, if the setting of this name says so."""

    setting: str
    pattern: re.Pattern[str]
    words: str
    word: str


_PARTS = (
    Part("Lowercase", re.compile(r"[a-z]"), "at least one lowercase letter", "lowercase"),
    Part("Uppercase", re.compile(r"[A-Z]"), "at least one uppercase letter", "uppercase"),
    Part("Number", re.compile(r"[0-9]"), "at least one number", "number"),
    Part(
        "Symbol",
        re.compile(r"[^A-Za-z0-9\s]"),
        'at least one symbol (e.g. "~!@#$%^&*()")',
        "symbol",
    ),
)


def check(password: str) -> None:
    """Refuse a password that breaks PasswordSettings; the error id names what is required."""
    rules = get_config().PasswordSettings
    parts = [part for part in _PARTS if getattr(rules, part.setting)]
    long_enough = len(password) >= rules.MinimumLength
    if (
        long_enough
        and len(password.encode()) <= LONGEST_PASSWORD_BYTES
        and all(part.pattern.search(password) for part in parts)
    ):
        return
    raise _refusal(parts)(
        rules.MinimumLength,
        words=f"A password has at least {rules.MinimumLength} characters{_made_up(parts)}, and at most "
        f"{LONGEST_PASSWORD_BYTES} bytes.",
    )


def _refusal(parts: Sequence[Part]) -> Refusal:
    """The refusal of a password that lacks one of these parts, or is too short or too long."""
    suffix = "".join(f"_{part.word}" for part in parts)
    return Refusal(
        f"model.user.is_valid.pwd{suffix}.app_error",
        f"Your password must contain at least {{}} characters{_made_up(parts)}.",
        field="password",
    )


def _made_up(parts: Sequence[Part]) -> str:
    return f" made up of {_enumeration([part.words for part in parts])}" if parts else ""


def _enumeration(parts: list[str]) -> str:
    if len(parts) < 3:
        return " and ".join(parts)
    return ", ".join(parts[:-1]) + ", and " + parts[-1]


# One for each choice of parts that the console can make.
REFUSALS = tuple(
    _refusal(parts) for count in range(len(_PARTS) + 1) for parts in combinations(_PARTS, count)
)
