"""What `manage.py check` finds wrong with the environment before anybody is served."""

import difflib
import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from mattermost_hooks.errors import AppError

from . import config

PREFIX = "MM_"
SHORTEST_SECRET_KEY = 32


def environment_check(**_: Any) -> list[CheckMessage]:
    """The settings that the environment fixes: known ones, with values they may hold."""
    return [*_unknown_names(), *_wrong_values()]


def secret_key_check(**_: Any) -> list[CheckMessage]:
    """A SECRET_KEY that can be guessed, or a fallback for it, lets anybody sign cookies."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if min(map(len, keys)) >= SHORTEST_SECRET_KEY:
        return []
    return [
        Error(
            f"SECRET_KEY, or one of SECRET_KEY_FALLBACKS, has fewer than {SHORTEST_SECRET_KEY} characters.",
            hint="Leave it out, and one is made and kept in the data folder.",
            id="console.E002",
        )
    ]


def _unknown_names() -> Iterator[CheckMessage]:
    known = {
        config.environment_name(section, name)
        for section, fields in config.declared().items()
        for name in fields
    }
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            closest = difflib.get_close_matches(name, known, n=1)
            yield Warning(
                f"{name} in the environment names no setting of this server and is ignored.",
                hint=f"Is {closest[0]} meant?" if closest else "Remove it.",
                id="console.W001",
            )


def _wrong_values() -> Iterator[CheckMessage]:
    for section, fields in config.declared().items():
        for field in fields.values():
            if not config.is_fixed(section, field.name):
                continue
            try:
                config.from_environment(section, field)
            except AppError as error:
                yield Error(
                    f"{config.environment_name(section, field.name)} in the environment is wrong.",
                    hint=" ".join(filter(None, [error.message, error.detail])),
                    id="console.E001",
                )
