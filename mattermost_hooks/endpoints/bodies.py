"""Bodies: the shapes that endpoints take, read as Go reads JSON (specification §0)."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET
from rest_framework.request import Request

from mattermost_hooks import rest
from mattermost_hooks.errors import invalid_body
from mattermost_hooks.limits import Limit


class Body(msgspec.Struct, kw_only=True):
    """A JSON object. A field is left out if its default is UNSET, else it has its default then.

    `called` is the name that refusals give the whole body; `limits` are those that the service checks.
    """

    called: ClassVar[str]
    limits: ClassVar[tuple[Limit, ...]] = ()

    def given(self) -> dict[str, Any]:
        """The fields by name, without those that were left out: arguments for a service."""
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in fields if value is not UNSET}


Shape = TypeVar("Shape", bound=Body)


def read(request: Request, shape: type[Shape]) -> Shape:
    """The body of a request. Keys in any letter case; null as if left out; unknown keys are ignored.

    What is no JSON object, and a value of another type, is a 400 that names the body in the message and
    the field in the detail.
    """
    value = rest.read_json(request, shape.called)
    if not isinstance(value, dict):
        raise invalid_body(shape.called, detail="a JSON object is needed")
    types, fields = _types(shape), {}
    for key, one in value.items():
        name = key.lower()
        if one is None or name not in types:
            continue
        fields[name] = _checked(one, types[name], shape.called, key)
    return shape(**fields)


def _checked(value: Any, wanted: Any, called: str, key: str) -> Any:
    kind = get_origin(wanted) or wanted
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise invalid_body(called, detail=f"{key} must be of type {kind.__name__}")
    if wanted == list[str] and not all(isinstance(text, str) for text in value):
        raise invalid_body(called, detail=f"{key.lower()} must be a list of texts")
    return value


@cache
def _types(shape: type[Body]) -> Mapping[str, Any]:
    """What each field holds when it is given."""
    return {one.encode_name: _without_unset(one.type) for one in msgspec.structs.fields(shape)}


def _without_unset(type_: Any) -> Any:
    kinds = [one for one in get_args(type_) if one is not msgspec.UnsetType]
    is_union = len(kinds) < len(get_args(type_))
    return kinds[0] if is_union else type_
