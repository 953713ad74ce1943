"""What a password must hold: PasswordSettings of the System Console."""

import re

from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError

LONGEST_PASSWORD_BYTES = 72
_PASSWORD_PARTS = [
    ("Lowercase", re.compile(r"[a-z]"), "at least one lowercase letter", "lowercase"),
    ("Uppercase", re.compile(r"[A-Z]"), "at least one uppercase letter", "uppercase"),
    ("Number", re.compile(r"[0-9]"), "at least one number", "number"),
    ("Symbol", re.compile(r"[^A-Za-z0-9\s]"), 'at least one symbol (e.g. "~!@#$%^&*()")', "symbol"),
]


def check(password: str) -> None:
    """Refuse a password that breaks PasswordSettings; the error id names what is required."""
    rules = get_config().PasswordSettings
    parts = [part for part in _PASSWORD_PARTS if getattr(rules, part[0])]
    long_enough = len(password) >= rules.MinimumLength
    if (
        long_enough
        and len(password.encode()) <= LONGEST_PASSWORD_BYTES
        and all(pattern.search(password) for _, pattern, _, _ in parts)
    ):
        return
    suffix = "".join(f"_{word}" for _, _, _, word in parts)
    wanted = _enumeration([words for _, _, words, _ in parts])
    made_up = f" made up of {wanted}" if wanted else ""
    raise AppError(
        f"model.user.is_valid.pwd{suffix}.app_error",
        f"Your password must contain at least {rules.MinimumLength} characters{made_up}.",
        field="password",
        words=f"A password has at least {rules.MinimumLength} characters{made_up}, and at most "
        f"{LONGEST_PASSWORD_BYTES} bytes.",
    )


def _enumeration(parts: list[str]) -> str:
    if len(parts) < 3:
        return " and ".join(parts)
    return ", ".join(parts[:-1]) + ", and " + parts[-1]
