"""What the web server runs: live events from the hub of this process, everything else from Django."""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any, TypeVar

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import parse_cookie
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mattermost_hooks.settings")
django.setup(set_prefix=False)

# These need the settings and the models, which are ready only now.
from django.conf import settings
from django.db import close_old_connections, connection

from accounts.sessions.authentication import source_of
from accounts.sessions.cookies import TOKEN_COOKIE
from channels_app.stream import event_stream, rights
from channels_app.stream.hub import Hub
from integrations.incoming import call_log

from . import middleware, postgresql, process_cache, request_target, rest
from .console import config, site_path
from .console.config import get_config
from .errors import AppError, not_permitted
from .lanes import Lane, Overloaded
from .own_words import FOR_PROGRAMS, first_word
from .process_cache import Subject
from .records import new_id
from .request_target import BadTarget
from .wsgi_bridge import (
    Answer,
    BodyMissing,
    BodyTooLarge,
    Environ,
    Receive,
    Scope,
    Send,
    WSGIBridge,
    close_abandoned,
    send_answer,
)

EVENTS_PATH = "/events/channels/"
HOOKS_PATH = "/hooks/"
PING_PATH = "/api/v4/system/ping"
SIGN_IN_PATHS = ("/api/v4/users/login", "/login")
BODY_ALLOWANCE_BYTES = 512  # beyond the limit, for what a form puts around a payload
# A hook call is quick, and who makes it seldom tries again; others would rather hear no than wait so long.
MOST_WAITING_HOOK_CALLS = 1000
MOST_WAITING_OTHERS = 200
MOST_WAITING_SIGN_INS = 50

logger = logging.getLogger(__name__)

Returned = TypeVar("Returned")


class Request(WSGIRequest):
    """A request whose texts are UTF-8, whatever charset it claims: Python knows many that decode no text.

    Of cookies with the same name the first counts: browsers send the one of the longest path first, and the
    others may be those of another server, at the root of our host.
    """

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override] # noqa: N802 - Django's
        """The cookies by name."""
        header = self.META.get("HTTP_COOKIE", "").encode("latin-1").decode(errors="replace")
        return parse_cookie(";".join(reversed(header.split(";"))))

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        # Django's own would let a header that it cannot parse end the request without an answer.
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            parsed = "", {}
        self.content_type, self.content_params = parsed


class Handler(WSGIHandler):
    """Django, with these requests."""

    request_class = Request


class Application:
    """The ASGI application: a bridge to Django, a hub and, once a process starts, three lanes of threads.

    Calls of incoming webhooks have a lane of their own: they are answered while everything else is slow.
    So have those who sign in, one at a time, since their passwords are compared one at a time.
    """

    hook_lane: Lane
    other_lane: Lane
    sign_in_lane: Lane

    def __init__(self) -> None:
        self.bridge = WSGIBridge(
            Handler(),
            lane=self._lane,
            body_limit=partial(call_like_a_request, body_limit),
            refuse=refuse_request,
        )
        self.hub = Hub(settings.REDIS_URL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the start and the end of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._answer(scope, receive, send)

    def is_hook_call(self, method: str, path: str) -> bool:
        """Is it a call that is always answered at once, or the question whether we answer at all?

        `path` may be a whole URL, or stand below the path of SiteURL.
        """
        path = site_path.inner(request_target.path_in(path))
        return path == PING_PATH or (path.startswith(HOOKS_PATH) and method == "POST")

    def end_streams(self) -> None:
        """End all event streams: the server waits for open requests before it stops."""
        self.hub.close()

    def _start_threads(self) -> None:
        hook_threads, other_threads = thread_counts()
        # Beside those of the lanes one for who signs in and one for the log of calls.
        postgresql.watch(connections=hook_threads + other_threads + 2)
        lane = partial(Lane, abandoned=close_abandoned)
        self.hook_lane = lane("hook", threads=hook_threads, most_waiting=MOST_WAITING_HOOK_CALLS)
        self.other_lane = lane("web", threads=other_threads, most_waiting=MOST_WAITING_OTHERS)
        self.sign_in_lane = lane("sign-in", threads=1, most_waiting=MOST_WAITING_SIGN_INS)

    async def _live(self, receive: Receive, send: Send) -> None:
        hub = asyncio.ensure_future(self.hub.run())
        await receive()
        self._start_threads()
        place = asyncio.ensure_future(self._follow_site_path())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.end_streams()
        place.cancel()
        hub.cancel()
        for lane in (self.hook_lane, self.sign_in_lane, self.other_lane):
            await asyncio.to_thread(lane.shut_down)
        await asyncio.to_thread(call_log.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _follow_site_path(self) -> None:
        """Learn where the server stands before the first request, and again whenever a setting changes."""
        while not self.hub.is_closed:
            with self.hub.listening("", [config.SUBJECT]) as listener:
                await self.other_lane.run(call_like_a_request, site_path.prefix)
                await listener.next()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            scope = request_target.in_origin_form(scope)
        except BadTarget as error:
            await send_answer(refuse(error), send)
            return
        if address := request_target.clean_address(scope):
            await send_answer(moved(site_path.outer(address)), send)
        elif site_path.inner(scope["path"]).startswith(EVENTS_PATH) and scope["method"] == "GET":
            await self._stream(scope, receive, send)
        else:
            await self.bridge(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        channel_id = site_path.inner(scope["path"]).removeprefix(EVENTS_PATH)
        try:
            subjects = await self._right_to_listen(session_token(scope), channel_id)
            if subjects is None:
                raise not_permitted()
        except Exception as error:
            await send_answer(refuse(error), send)
            return
        await event_stream.serve(
            self.hub, channel_id=channel_id, subjects=subjects, receive=receive, send=send
        )

    async def _right_to_listen(self, token: str, channel_id: str) -> tuple[Subject, ...] | None:
        ask = partial(rights.right_to_listen, token, channel_id)
        while True:
            heard = self.hub.changes_heard
            subjects: tuple[Subject, ...] | None
            subjects = await self.other_lane.admit(call_like_a_request, ask)
            # What changed while we asked went past the listener that is only now to come.
            if subjects is None or not self.hub.has_changed(subjects, since=heard):
                return subjects

    def _lane(self, scope: Scope) -> Lane:
        method, path = scope["method"], scope["path"]
        if self.is_hook_call(method, path):
            return self.hook_lane
        is_sign_in = site_path.inner(path) in SIGN_IN_PATHS and method == "POST"
        return self.sign_in_lane if is_sign_in else self.other_lane


def body_limit() -> int:
    """How many bytes the body of a request may have, by the settings of this moment."""
    config = get_config()
    largest = min(config.FileSettings.MaxFileSize, config.ServiceSettings.MaximumPayloadSizeBytes)
    return largest + BODY_ALLOWANCE_BYTES


def session_token(scope: Scope) -> str:
    """The token in the session cookie; empty without one."""
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            for cookie in value.decode("latin-1").split(";"):
                key, _, token = cookie.strip().partition("=")
                if key == TOKEN_COOKIE:
                    return str(token)
    return ""


def thread_counts() -> tuple[int, int]:
    """How many threads hook calls have, and how many everything else has; each holds one connection."""
    # Only one thread at a time can write to SQLite, and the others would wait with their answers. Two threads
    # that compute keep a processor busy; each one more makes quick requests wait longer for the interpreter.
    hooks, others = (1 if connection.vendor == "sqlite" else 4), 2
    return (
        int(os.environ.get("HOOK_THREADS") or hooks),
        int(os.environ.get("WEB_THREADS") or others),
    )


def call_like_a_request(function: Callable[[], Returned]) -> Returned:
    """Call a function with what Django does around a request: fresh caches, the connection given back."""
    process_cache.refresh()
    try:
        return function()
    finally:
        close_old_connections()


def refuse(error: Exception, *, to_people: bool = False) -> Answer:
    """The answer to what raised outside of Django, for people a page. Never waits for anything."""
    known = _refusal(error)
    request_id = new_id()
    if known is None:
        logger.error("Unexpected error in request %s", request_id, exc_info=error)
        known = rest.unexpected()
    headers = _usual_headers(request_id) | known.headers
    if to_people:
        headers["Content-Type"] = "text/html; charset=utf-8"
        headers["Content-Security-Policy"] = settings.CONTENT_SECURITY_POLICY
        body = _page(known, request_id)
    else:
        headers["Content-Type"] = "application/json"
        request: Any = SimpleNamespace(request_id=request_id)
        body = json.dumps(rest.error_json(known, request))
    if known.status == 503:
        headers.setdefault("Retry-After", str(middleware.RETRY_AFTER_SECONDS))
    if known.status in (408, 413):
        headers["Connection"] = "close"  # what is left of the body is not read
    return Answer(known.status, [*headers.items()], body.encode())


def refuse_request(error: Exception, environ: Environ) -> Answer:
    """The answer to a request that raised outside of Django; the owner of a webhook hears of calls of it."""
    known = _refusal(error)
    path = site_path.inner(environ["PATH_INFO"])
    if path.startswith(HOOKS_PATH) and environ["REQUEST_METHOD"] == "POST":
        came = int(environ["CONTENT_LENGTH"])
        call_log.note_refused(
            hook_id=path.removeprefix(HOOKS_PATH).rstrip("/"),
            source=source_of(environ),
            size=error.size if isinstance(error, BodyTooLarge) else came,
            refusal=known or rest.unexpected(),
        )
    return refuse(known or error, to_people=_is_for_people(environ))


def moved(address: str) -> Answer:
    """The answer that sends a caller on to another address, for good."""
    headers = {"Location": address} | _usual_headers(new_id())
    return Answer(301, [*headers.items()], b"")


def _usual_headers(request_id: str) -> dict[str, str]:
    return {"X-Request-Id": request_id, "X-Version-Id": middleware.last_version_id()}


def _is_for_people(environ: Environ) -> bool:
    word = first_word(site_path.inner(environ["PATH_INFO"]))
    return word not in FOR_PROGRAMS and "text/html" in environ.get("HTTP_ACCEPT", "")


def _page(refusal: AppError, request_id: str) -> str:
    styles = [site_path.outer(static(f"css/{name}.css")) for name in ("pico.min", "app")]
    context = {"error": refusal, "request_id": request_id, "styles": styles}
    return render_to_string("front_door.html", context | {"home": site_path.outer("/")})


def _refusal(error: Exception) -> AppError | None:
    if isinstance(error, BodyTooLarge):
        return AppError(
            "api.context.request_body_too_large.app_error",
            "The request body is too large.",
            status=413,
            detail=f"A body may have up to {error.limit} bytes.",
            words="This is too long to be sent. Nothing of it was taken: go back, where your browser "
            "still has what you wrote, and send it in parts.",
        )
    if isinstance(error, BodyMissing):
        return AppError(
            "api.context.request_body_missing.app_error",
            "The request body did not come, or not all of it.",
            status=408,
        )
    if isinstance(error, Overloaded):
        return AppError(
            "api.context.overloaded.app_error",
            "The server has more to do than it can. Please try again.",
            status=503,
        )
    if isinstance(error, BadTarget):
        return AppError(
            "api.context.bad_request.app_error",
            "The request is malformed.",
            detail="the target must be a path, or a URL of http or https with a host",
        )
    return rest.as_app_error(error)


# The web processes are copies of one that has loaded everything: the addresses and all that they need, too.
import_module(settings.ROOT_URLCONF)
application = Application()
