"""What the web server runs: live events from the hub of this process, everything else from Django."""

import asyncio
import json
import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mattermost_hooks.settings")
django.setup(set_prefix=False)

# These need the settings and the models, which are ready only now.
from django.conf import settings  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402

from accounts.authentication import TOKEN_COOKIE  # noqa: E402
from channels_app import event_stream, live  # noqa: E402
from channels_app.hub import Hub  # noqa: E402

from . import middleware, process_cache, rest  # noqa: E402
from .console.config import get_config  # noqa: E402
from .errors import AppError, not_permitted  # noqa: E402
from .process_cache import Subject  # noqa: E402
from .records import new_id  # noqa: E402
from .wsgi_bridge import Answer, Receive, Scope, Send, WSGIBridge, send_answer  # noqa: E402

EVENTS_PATH = "/events/channels/"
BODY_ALLOWANCE_BYTES = 512  # beyond the limit, for what a form puts around a payload

Returned = TypeVar("Returned")


class Request(WSGIRequest):
    """A request whose texts are UTF-8, whatever charset it claims: Python knows many that decode no text."""

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
    """The ASGI application: one bridge to Django and one hub for each web process."""

    def __init__(self) -> None:
        self.bridge = WSGIBridge(
            Handler(),
            threads=_thread_count(),
            body_limit=partial(_asked, body_limit),
            refuse=partial(_asked, _too_large),
        )
        self.hub = Hub(settings.REDIS_URL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the start and the end of the process."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"].startswith(EVENTS_PATH) and scope["method"] == "GET":
            await self._stream(scope, receive, send)
        else:
            await self.bridge(scope, receive, send)

    def end_streams(self) -> None:
        """End all event streams: the server waits for open requests before it stops."""
        self.hub.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        hub = asyncio.ensure_future(self.hub.run())
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.end_streams()
        hub.cancel()
        await asyncio.to_thread(self.bridge.shut_down)
        await send({"type": "lifespan.shutdown.complete"})

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        channel_id = scope["path"].removeprefix(EVENTS_PATH)
        subjects = await self._right_to_listen(session_token(scope), channel_id)
        if subjects is None:
            await send_answer(await self.bridge.run(partial(_asked, _not_for_you)), send)
            return
        await event_stream.serve(
            self.hub, channel_id=channel_id, subjects=subjects, receive=receive, send=send
        )

    async def _right_to_listen(self, token: str, channel_id: str) -> tuple[Subject, ...] | None:
        ask = partial(_asked, live.right_to_listen, token, channel_id)
        while True:
            heard = self.hub.changes_heard
            subjects = await self.bridge.run(ask)
            # What changed while we asked went past the listener that is only now to come.
            if subjects is None or not self.hub.has_changed(subjects, since=heard):
                return subjects


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


def _thread_count() -> int:
    # Only one thread at a time can write to SQLite, and the others would wait with their answers.
    default = 2 if connection.vendor == "sqlite" else 4
    return int(os.environ.get("WEB_THREADS") or default)


def _asked(function: Callable[..., Returned], *args: Any) -> Returned:
    """Call a function outside a request of Django's with what Django does around one."""
    process_cache.refresh()
    try:
        return function(*args)
    finally:
        close_old_connections()


def _too_large(limit: int) -> Answer:
    return _refusal(
        AppError(
            "api.context.request_body_too_large.app_error",
            "The request body is too large.",
            status=413,
            detail=f"A body may have up to {limit} bytes.",
        )
    )


def _not_for_you() -> Answer:
    return _refusal(not_permitted())


def _refusal(error: AppError) -> Answer:
    request_id = new_id()
    fields = rest.error_json(error, cast("Any", SimpleNamespace(request_id=request_id)))
    headers = [
        ("Content-Type", "application/json"),
        ("X-Request-Id", request_id),
        ("X-Version-Id", middleware.version_id()),
    ]
    return Answer(error.status, headers, json.dumps(fields).encode())


application = Application()
