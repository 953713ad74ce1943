"""Rows that several threads hold at once: they look like others and cannot be changed.

A shared row belongs to the process cache. Whoever wants to change a row loads one of its own.
"""

from functools import cache
from typing import Any, NoReturn, TypeVar, cast

from django.db.models import Model
from django.db.models.base import ModelBase

Value = TypeVar("Value")


class SharedRowChanged(TypeError):
    """Somebody tried to change a row that others hold too, or to load more through it."""


class _Loaded(dict[str, Any]):
    """The related rows that were loaded with a row, and no more of them."""

    def __setitem__(self, name: str, related: Any) -> NoReturn:
        raise SharedRowChanged(f"{name} was not loaded with the shared row: load a row of your own")


def shared(value: Value) -> Value:
    """The same value; a row in it, and the rows loaded with that, refuse every change from now on.

    Related rows that were not loaded cannot be loaded later: they would outlive their own changes.
    """
    if isinstance(value, tuple):
        for item in value:
            shared(item)
    elif isinstance(value, Model) and not is_shared(value):
        for related in value._state.fields_cache.values():
            shared(related)
        value._state.fields_cache = _Loaded(value._state.fields_cache)
        value.__class__ = cast("Any", _shared_class(type(value)))
    return value


def is_shared(row: Model) -> bool:
    """May nobody change this row?"""
    return getattr(type(row), "_is_shared", False)


def _refuse(self: Model, *_: Any, **__: Any) -> NoReturn:
    raise SharedRowChanged(
        f"A shared {type(self).__name__} cannot be changed: load one of your own"
    )


@cache
def _shared_class(model: type[Model]) -> type[Model]:
    # Past Django's own metaclass: this is no further model, only another face of the same.
    refusals = dict.fromkeys(["__setattr__", "__delattr__", "save", "delete"], _refuse)
    namespace = {
        **refusals,
        "_is_shared": True,
        "_meta": model._meta,
        "__module__": model.__module__,
    }
    return cast("type[Model]", type.__new__(ModelBase, model.__name__, (model,), namespace))
