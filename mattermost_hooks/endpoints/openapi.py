"""The OpenAPI 3.1 description of REST API v4, made of what stands above the endpoints' methods."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import msgspec
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern
from rest_framework.views import APIView

from mattermost_hooks.errors import Refusal, invalid_body
from mattermost_hooks.rest import ErrorJson

from . import ids
from .bodies import Body
from .endpoint import Endpoint

METHODS = ("get", "post", "put", "delete")
REFERENCES = "#/components/schemas/{name}"
ANYTHING_ELSE = (
    "Any other refusal, as of a body that is too large or by a server with too much to do."
)

Schema = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """A method of an address as the code has it. Without serves() above it there is no `endpoint`."""

    path: str
    method: str
    view: type[APIView]
    has_ids: bool

    @property
    def endpoint(self) -> Endpoint | None:
        """What stands above the method."""
        return getattr(getattr(self.view, self.method, None), "endpoint", None)

    @property
    def sentence(self) -> str:
        """What the method says of itself."""
        said = getattr(self.view, self.method).__doc__ or self.view.__doc__ or ""
        return said.partition("\n")[0]

    @property
    def refusals(self) -> set[Refusal]:
        """What may be answered instead: each part of the endpoint adds what it refuses with."""
        asked = (*self.view.authentication_classes, *self.view.permission_classes)
        found = {refusal for one in asked for refusal in getattr(one, "refusals", ())}
        if self.has_ids:
            found.add(ids.not_an_id)
        if self.endpoint is not None:
            found |= set(self.endpoint.raises)
            if self.endpoint.takes is not None:
                found |= {limit.refusal for limit in self.endpoint.takes.limits} | {invalid_body}
        return found


def describe(patterns: Sequence[URLPattern | URLResolver]) -> Schema:
    """The description of the endpoints below /api/v4 among these patterns.

    A method without serves() stands in it with nothing but its address.
    """
    operations = sorted(operations_of(patterns), key=lambda one: (one.path, one.method))
    said = [one.endpoint for one in operations if one.endpoint is not None]
    kinds = [kind for one in said for kind in (one.gives, _type_of(one.takes)) if kind is not None]
    kinds.append(ErrorJson)
    shapes, components = msgspec.json.schema_components(kinds, ref_template=REFERENCES)
    schemas = dict(zip(map(repr, kinds), shapes, strict=True))
    for takes in {one.takes for one in said}:
        if takes is not None and takes.json_type is None:
            reference = schemas[repr(takes)]["$ref"]
            _add_limits(takes, components[reference.rsplit("/", 1)[-1]])
    paths: Schema = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method] = _described(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mattermost Hooks", "version": "4"},
        "paths": paths,
        "components": {"schemas": components},
    }


def operations_of(
    patterns: Sequence[URLPattern | URLResolver], before: str = "/"
) -> Iterator[Operation]:
    """Every method of every address below /api/v4 among these patterns."""
    for entry in patterns:
        path = before + template_of(entry)
        if isinstance(entry, URLResolver):
            yield from operations_of(entry.url_patterns, path)
        elif path.startswith("/api/v4/"):
            view: type[APIView] = cast("Any", entry.callback).view_class  # Django sets it
            has_ids = any(isinstance(one, ids.Id) for one in entry.pattern.converters.values())
            for method in METHODS:
                if hasattr(view, method):
                    yield Operation(path, method, view, has_ids)


def template_of(entry: URLPattern | URLResolver) -> str:
    """An address as OpenAPI writes it: `{team_id}` for what stands in it."""
    route = str(entry.pattern)
    if not isinstance(entry.pattern, RoutePattern):
        route = simplify_regex(route).lstrip("/")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def _type_of(takes: type[Body] | None) -> Any:
    return None if takes is None else takes.json_type or takes


def _add_limits(takes: type[Body], component: Schema) -> None:
    properties = component["properties"]
    for limit in takes.limits:
        if limit.field in properties:
            properties[limit.field] |= {"maxLength": limit.most, "description": limit.words}
    for name in takes.essential:
        properties[name] |= {"minLength": 1}
        component["required"] = sorted({*component.get("required", []), name})


def _described(one: Operation, schemas: Schema) -> Schema:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", one.path)
    ]
    described: Schema = {"summary": one.sentence, "parameters": parameters}
    responses = described["responses"] = _refused(one, schemas[repr(ErrorJson)])
    if (endpoint := one.endpoint) is None:
        return described
    numbers = ["page"] * endpoint.paged + ["per_page"] * (endpoint.paged or endpoint.cursor)
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0}}
        for name in numbers
    ]
    if endpoint.cursor:
        parameters.append({"name": "before", "in": "query", "schema": {"type": "string"}})
    if endpoint.takes is not None:
        taken = schemas[repr(_type_of(endpoint.takes))]
        described["requestBody"] = {"required": True, "content": _json(taken)}
    given = {"description": "", "content": _json(schemas[repr(endpoint.gives)])}
    responses[str(endpoint.status)] = given
    return described


def _refused(one: Operation, error: Schema) -> Schema:
    """The refusals by status, each with the ids it can have and what they mean."""
    ordered = sorted(one.refusals, key=lambda refusal: (refusal.status, refusal.id))
    responses: Schema = {"default": {"description": ANYTHING_ELSE, "content": _json(error)}}
    for status, some in groupby(ordered, key=lambda refusal: refusal.status):
        sentences = {refusal.id: refusal.message.replace("{}", "…") for refusal in some}
        narrowed = {"allOf": [error, {"properties": {"id": {"enum": list(sentences)}}}]}
        described = "\n".join(f"- `{id}`: {message}" for id, message in sentences.items())
        responses[str(status)] = {"description": described, "content": _json(narrowed)}
    return responses


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
