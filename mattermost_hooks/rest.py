"""How REST API v4 speaks: reading bodies the way Go does, paging, answering data and errors."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import orjson
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from . import database_errors, lenient_json
from .errors import AppError, Refusal, invalid_body, not_permitted
from .log_lines import Seldom

DEFAULT_PAGE_SIZE = 60
LARGEST_PAGE_SIZE = 200
MOST_DIGITS = 15

logger = logging.getLogger(__name__)
_say_that_the_database_failed = Seldom(logger.error)


# An address that does not exist.
not_found = Refusal("api.context.404.app_error", "Sorry, we could not find the page.", status=404)
# What nobody foresaw.
unexpected = Refusal("api.unexpected_error.app_error", "Internal Server Error", status=500)
# A session that is missing, unknown or over.
session_expired = Refusal(
    "api.context.session_expired.app_error",
    "Invalid or expired session, please login again.",
    status=401,
)


class ErrorJson(TypedDict):
    """What every refusal looks like; detailed_error may be empty, the status is that of the answer."""

    id: str
    message: str
    detailed_error: str
    request_id: str
    status_code: int


class IgnoreAccept(BaseContentNegotiation):
    """Every answer is JSON, whatever the Accept header wishes, as in Mattermost."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """No parsers: bodies are read by endpoints.bodies."""
        return None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        return renderers[0], renderers[0].media_type


class SignedIn(IsAuthenticated):
    """Everything is for accounts alone, but for the question which methods an address has.

    `refusals` is what the OpenAPI description says of every address that asks for this.
    """

    refusals: tuple[Refusal, ...] = (session_expired,)

    def has_permission(self, request: Request, view: Any) -> bool:
        """May the caller go on?"""
        return request.method == "OPTIONS" or super().has_permission(request, view)


class AllowOnly(BaseMetadata):
    """OPTIONS is answered by the Allow header alone; the framework would tell the names of our classes."""

    def determine_metadata(self, request: Request, view: Any) -> None:
        """No body."""


class PlainJSONRenderer(JSONRenderer):
    """application/json without a charset: some clients compare the header as text."""

    charset = None

    def render(self, data: Any, *_: Any, **__: Any) -> bytes:
        """The answer in UTF-8, by an encoder that costs a fraction of DRF's."""
        return b"" if data is None else orjson.dumps(data)


# --- Reading ------------------------------------------------------------------------------------------


def read_json(request: Request, name: str) -> object:
    """The first JSON value of the body, whatever its media type; what follows it is ignored."""
    try:
        return lenient_json.decode(request.body)
    except lenient_json.Undecodable as problem:
        raise invalid_body(name, detail=str(problem)) from problem


@dataclass(frozen=True)
class Page:
    """A slice of a list: `page` counts from 0."""

    number: int
    size: int

    @property
    def first(self) -> int:
        """How many rows come before this page."""
        return self.number * self.size

    @property
    def end(self) -> int:
        """The number of the row after the last one."""
        return self.first + self.size


def page_of(request: Request) -> Page:
    """The page asked for: 60 rows unless told, at most 200; nonsense counts as not told."""
    size = natural(request.query_params.get("per_page"), DEFAULT_PAGE_SIZE)
    return Page(natural(request.query_params.get("page"), 0), min(size, LARGEST_PAGE_SIZE))


@dataclass(frozen=True)
class Cursor:
    """A slice of a list that grows at its beginning: so many rows after the one with the id `before`."""

    before: str
    size: int


def cursor_of(request: Request) -> Cursor:
    """The slice asked for: from the first row unless told; the size as of page_of()."""
    return Cursor(request.query_params.get("before", ""), page_of(request).size)


def natural(text: str | None, default: int) -> int:
    """A number of the query; `default` for nonsense and for more than any count or clock (ms) needs."""
    if not text or len(text) > MOST_DIGITS or not (text.isascii() and text.isdigit()):
        return default
    return int(text)


# --- Answering ----------------------------------------------------------------------------------------


def ok() -> Response:
    """Mattermost's answer to what succeeds without data."""
    return Response({"status": "OK"})


def answer_error(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: every refusal as Mattermost's error JSON, the unexpected as a bare 500."""
    request = context["request"]
    known = as_app_error(error)
    if known is None:
        request_id = getattr(request, "request_id", "")
        logger.error("Unexpected error in request %s", request_id, exc_info=error)
        known = unexpected()
    return Response(error_json(known, request), status=known.status, headers=known.headers)


def json_error(error: AppError, request: HttpRequest) -> JsonResponse:
    """The same answer for where DRF is not at work: unknown routes, refusals of the middleware."""
    return JsonResponse(error_json(error, request), status=error.status, headers=error.headers)


def error_json(error: AppError, request: HttpRequest | Request) -> ErrorJson:
    """An error as clients see it."""
    return {
        "id": error.id,
        "message": error.message,
        "detailed_error": error.detail,
        "request_id": getattr(request, "request_id", ""),
        "status_code": error.status,
    }


def as_app_error(error: Exception) -> AppError | None:
    """The framework's own refusals in Mattermost's words; None for what nobody foresaw."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return session_expired()
    if isinstance(error, exceptions.MethodNotAllowed):
        return AppError(
            "api.context.method_not_allowed.app_error", "Method not allowed.", status=405
        )
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, exceptions.PermissionDenied | PermissionDenied):
        return not_permitted()
    if isinstance(error, DatabaseError | InterfaceError):
        return _database_refusal(error)
    if isinstance(error, BadRequest | SuspiciousOperation):
        return AppError(
            "api.context.bad_request.app_error",
            "The request is malformed.",
            detail="too many parameters" if isinstance(error, TooManyFieldsSent) else "",
        )
    return None


def _database_refusal(error: DatabaseError | InterfaceError) -> AppError | None:
    refusal = database_errors.as_refusal(error)
    if refusal is not None:
        _say_that_the_database_failed("%s The database says: %s", refusal.message, error)
    return refusal
