"""The OpenAPI 3.1 description of REST API v4, made of what stands above the endpoints' methods."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RoutePattern

from .bodies import Body
from .endpoint import Endpoint

METHODS = ("get", "post", "put", "delete")
REFERENCES = "#/components/schemas/{name}"

Schema = dict[str, Any]


def describe(patterns: Sequence[URLPattern | URLResolver]) -> Schema:
    """The description of the endpoints below /api/v4 among these patterns.

    A method without serves() stands in it with nothing but its address.
    """
    methods = sorted(_methods(patterns), key=lambda one: one[:2])
    said = [endpoint for _, _, endpoint, _ in methods if endpoint is not None]
    kinds = [kind for one in said for kind in (one.gives, _type_of(one.takes)) if kind is not None]
    shapes, components = msgspec.json.schema_components(kinds, ref_template=REFERENCES)
    schemas = dict(zip(map(repr, kinds), shapes, strict=True))
    for one in said:
        if one.takes is not None and one.takes.json_type is None:
            reference = schemas[repr(one.takes)]["$ref"]
            _add_limits(one.takes, components[reference.rsplit("/", 1)[-1]])
    paths: Schema = {}
    for path, method, endpoint, sentence in methods:
        paths.setdefault(path, {})[method] = _operation(path, endpoint, sentence, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mattermost Hooks", "version": "4"},
        "paths": paths,
        "components": {"schemas": components},
    }


def _methods(
    patterns: Sequence[URLPattern | URLResolver], before: str = "/"
) -> Iterator[tuple[str, str, Endpoint | None, str]]:
    for entry in patterns:
        path = before + _template(entry)
        if isinstance(entry, URLResolver):
            yield from _methods(entry.url_patterns, path)
        elif path.startswith("/api/v4/"):
            view = entry.callback.view_class  # type: ignore[attr-defined]
            for method in METHODS:
                if answer := getattr(view, method, None):
                    endpoint = getattr(answer, "endpoint", None)
                    yield path, method, endpoint, answer.__doc__ or view.__doc__ or ""


def _template(entry: URLPattern | URLResolver) -> str:
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


def _operation(path: str, endpoint: Endpoint | None, sentence: str, schemas: Schema) -> Schema:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    operation: Schema = {"summary": sentence.splitlines()[0] if sentence else ""}
    if endpoint is None:
        return operation | {"parameters": parameters, "responses": {"default": {"description": ""}}}
    numbers = ["page"] * endpoint.paged + ["per_page"] * (endpoint.paged or endpoint.cursor)
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0}}
        for name in numbers
    ]
    if endpoint.cursor:
        parameters.append({"name": "before", "in": "query", "schema": {"type": "string"}})
    if endpoint.takes is not None:
        taken = schemas[repr(_type_of(endpoint.takes))]
        operation["requestBody"] = {"required": True, "content": _json(taken)}
    given = {"description": "", "content": _json(schemas[repr(endpoint.gives)])}
    return operation | {"parameters": parameters, "responses": {str(endpoint.status): given}}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}
