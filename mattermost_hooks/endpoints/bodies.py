"""Bodies: the shapes that endpoints take, read as Go reads JSON (specification §0)."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, get_args, get_origin

import msgspec
from msgspec import UNSET
from rest_framework.request import Request

from mattermost_hooks import rest
from mattermost_hooks.errors import invalid_body
from mattermost_hooks.limits import Limit


class Body(msgspec.Struct, kw_only=True):
    """A JSON object: `called` is its name in refusals, `limits` are those that the service checks.

    A field that is left out has its default, and is not handed on if that is UNSET. Without a default it
    must be given, or a 400 names the body; `essential` fields must hold something, or a 400 names them.
    `json_type` is what stands in the body where of() reads something else than these fields.
    """

    called: ClassVar[str]
    essential: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[tuple[Limit, ...]] = ()
    json_type: ClassVar[Any] = None

    @classmethod
    def of(cls, value: object) -> Self:
        """The body that a JSON value is, or the 400."""
        if not isinstance(value, dict):
            raise invalid_body(cls.called, detail="a JSON object is needed")
        fields = _checked_fields(cls, value)
        for name in cls.essential:
            if not fields.get(name):
                raise invalid_body(name)
        try:
            return cls(**fields)
        except TypeError as missing:
            raise invalid_body(cls.called) from missing

    def given(self) -> dict[str, Any]:
        """The fields by name, without those that were left out: arguments for a service."""
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in fields if value is not UNSET}


class Texts(Body):
    """A JSON list of texts."""

    json_type = list[str]
    texts: list[str]

    @classmethod
    def of(cls, value: object) -> Self:
        """The list, or the 400."""
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise invalid_body(cls.called, detail="a JSON list of texts is needed")
        return cls(texts=value)


Shape = TypeVar("Shape", bound=Body)


def read(request: Request, shape: type[Shape]) -> Shape:
    """The body of a request. Keys in any letter case; null as if left out; unknown keys are ignored.

    What is no JSON object, and a value of another type, is a 400 that names the body in the message and
    the field in the detail.
    """
    return shape.of(rest.read_json(request, shape.called))


def _checked_fields(shape: type[Body], value: Mapping[str, Any]) -> dict[str, Any]:
    types, fields = _types(shape), {}
    for key, one in value.items():
        name = key.lower()
        if one is not None and name in types:
            fields[name] = _checked(one, types[name], shape.called, key)
    return fields


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
