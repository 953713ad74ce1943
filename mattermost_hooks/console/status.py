"""Parts of the server that say how they are, beside those that Mattermost knows: apps add theirs."""

from collections.abc import Callable

_parts: dict[str, Callable[[], str]] = {}


def add(name: str, ask: Callable[[], str]) -> None:
    """Let a part be asked: it answers a word, and what it is called ends in `_status`."""
    _parts[name] = ask


def of_parts() -> dict[str, str]:
    """How they all are."""
    return {name: ask() for name, ask in _parts.items()}
