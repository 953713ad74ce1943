"""How a setting is declared."""

from dataclasses import field
from typing import Any


def setting(
    default: Any,
    help_text: str,
    *,
    label: str = "",
    group: str = "",
    within: tuple[int, int] | None = None,
    **more: Any,
) -> Any:
    """A setting with its default and help; `group` is the console page, `within` the range of a number.

    `more` may hold choices, the longest text, a check of the value, the id and sentence of Mattermost's
    error for a wrong one, and secret=True for what is never shown.
    """
    metadata = {"help": help_text, "label": label, "group": group, **more}
    return field(default=default, metadata=metadata | ({"range": within} if within else {}))
