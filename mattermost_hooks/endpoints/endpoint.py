"""What an endpoint takes and gives: said once above its function, done and described from there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypedDict, cast

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mattermost_hooks import rest
from mattermost_hooks.errors import Refusal

from . import bodies, ids


class Done(TypedDict):
    """The answer to what succeeds without anything to show."""

    status: str


DONE: Done = {"status": "OK"}


@dataclass(frozen=True)
class Endpoint:
    """One method of one address, as serves() says it."""

    gives: Any
    takes: type[bodies.Body] | None
    status: int
    paged: bool
    cursor: bool
    raises: tuple[Refusal, ...]


def serves(
    gives: Any,
    *,
    takes: type[bodies.Body] | None = None,
    status: int = 200,
    paged: bool = False,
    cursor: bool = False,
    raises: Sequence[Refusal] = (),
) -> Callable[[Callable[..., Any]], Callable[..., HttpResponse]]:
    """Make a method of a view an endpoint: it returns what it `gives`, a dict or list of that type.

    It is called with the ids of the address, with `body` if it `takes` one, with `page` (rest.Page)
    if it is `paged` and with `cursor` (rest.Cursor) if it has one. Ids are checked first, then the body:
    400. `raises` names what its service refuses with; what follows from address, body and permissions is
    described without. A method that has headers to send returns a Response of its own.
    """

    def declare(method: Callable[..., Any]) -> Callable[..., HttpResponse]:
        @wraps(method)
        def answer(view: APIView, request: Request, **captured: Any) -> HttpResponse:
            ids.check(captured)
            if takes is not None:
                captured["body"] = bodies.read(request, takes)
            if paged:
                captured["page"] = rest.page_of(request)
            if cursor:
                captured["cursor"] = rest.cursor_of(request)
            given = method(view, request, **captured)
            return given if isinstance(given, HttpResponse) else Response(given, status=status)

        said = Endpoint(gives, takes, status, paged, cursor, tuple(raises))
        cast("Any", answer).endpoint = said  # a function carries what its decorator says
        return answer

    return declare
