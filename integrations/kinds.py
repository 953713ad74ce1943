"""The kinds of integrations there are: each is a folder with the same modules in it."""

from importlib import import_module
from typing import Any

FOLDERS = ("incoming", "outgoing")


def modules(name: str) -> list[Any]:
    """The module of this name of each kind, such as `pages`, in the order in which people see the kinds."""
    return [import_module(f"{__package__}.{folder}.{name}") for folder in FOLDERS]
