"""Runs a WSGI application under ASGI, in a fixed number of threads.

A body is read to its end before a thread is taken, so callers who send slowly, or stop sending, hold no
thread; and pieces of a long answer are fetched one by one, so callers who read slowly hold none either.
Under ASGI Django itself is about half as fast, and leaks database connections that are kept open.
"""

import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import unquote_to_bytes

from .lanes import Lane

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[str, str]]
Environ = dict[str, Any]
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Up to this size a body is always let in: below it a limit protects nothing, and asking costs.
WELCOME_BYTES = 64 * 1024
LARGEST_BODY_IN_MEMORY = 1024 * 1024
PIECE_BYTES = 64 * 1024

logger = logging.getLogger(__name__)


class BodyTooLarge(Exception):
    """More was sent, or announced, than the limit at the time: `limit` bytes. `size` is how much that was."""

    def __init__(self, limit: int, size: int) -> None:
        super().__init__(limit)
        self.limit, self.size = limit, size


class BodyMissing(Exception):
    """The body, or its rest, did not come: the caller left, said no more or kept everybody waiting."""


@dataclass
class Answer:
    """What a WSGI application answered: `start` is the body, or its beginning when `rest` is there."""

    status: int
    headers: Headers
    start: bytes
    rest: Iterator[bytes] | None = None
    close: Callable[[], None] = field(default=lambda: None)


class WSGIBridge:
    """The ASGI side of a WSGI application.

    `lane` names the threads for a request; `body_limit`, called there, says how many bytes a body may have at
    the moment. `refuse` makes the answer to BodyTooLarge, BodyMissing, Overloaded, or what left the
    application; it is told the request, with as much of the body as there is.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        lane: Callable[[Scope], Lane],
        body_limit: Callable[[], int],
        refuse: Callable[[Exception, Environ], Answer],
    ) -> None:
        self.application = application
        self.lane = lane
        self.body_limit = body_limit
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        lane = self.lane(scope)
        body = Body()
        try:
            answer = await self._answer(body, scope, receive, lane)
            await _send(answer, send, lane, has_body=scope["method"] != "HEAD")
        finally:
            body.close()

    async def _answer(self, body: "Body", scope: Scope, receive: Receive, lane: Lane) -> Answer:
        try:
            await self._read(body, scope, receive, lane)
            return await lane.admit(_call, self.application, make_environ(scope, body))
        except Exception as error:
            return self.refuse(error, make_environ(scope, body))

    async def _read(self, body: "Body", scope: Scope, receive: Receive, lane: Lane) -> None:
        announced = _content_length(scope)
        limit = await self._checked_limit(announced, lane) if announced > WELCOME_BYTES else None
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BodyMissing
            body.add(message.get("body", b""))
            if limit is None and body.size > WELCOME_BYTES:
                limit = await self._checked_limit(body.size, lane)
            if limit is not None and body.size > limit:
                raise BodyTooLarge(limit, body.size)
            if not message.get("more_body"):
                return

    async def _checked_limit(self, size: int, lane: Lane) -> int:
        limit = await lane.admit(self.body_limit)
        if size > limit:
            raise BodyTooLarge(limit, size)
        return limit


class Body:
    """What a caller has sent so far; a large one lies on the disk."""

    def __init__(self) -> None:
        self.size = 0
        self._file: IO[bytes] = BytesIO()

    def add(self, piece: bytes) -> None:
        """Append a piece."""
        if self.size <= LARGEST_BODY_IN_MEMORY < self.size + len(piece):
            in_memory, self._file = self._file, TemporaryFile()  # noqa: SIM115 - see close
            in_memory.seek(0)
            self._file.write(in_memory.read())
        self._file.write(piece)
        self.size += len(piece)

    def from_start(self) -> IO[bytes]:
        """The body as a file to be read."""
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Forget it."""
        self._file.close()


async def _send(answer: Answer, send: Send, lane: Lane, *, has_body: bool) -> None:
    if answer.rest is None:
        await send_answer(answer, send, has_body=has_body)
        return
    try:
        await send(_beginning(answer))
        piece = answer.start if has_body else b""
        while piece:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await lane.run(_next_piece, answer.rest)
        await send({"type": "http.response.body", "body": b""})
    finally:
        lane.abandon(answer)


async def send_answer(answer: Answer, send: Send, *, has_body: bool = True) -> None:
    """Send an answer whose body is complete, or only the headers that go with the body."""
    await send(_beginning(answer))
    await send({"type": "http.response.body", "body": answer.start if has_body else b""})


def make_environ(scope: Scope, body: Body) -> Environ:
    """The WSGI environment of a request whose body is complete.

    Headers with an underscore are dropped: they would look like those with a dash, which a proxy sets.
    """
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    path = unquote_to_bytes(scope.get("raw_path") or scope["path"])
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": path.decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or ""),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body.from_start(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in _joined_headers(scope).items():
        environ[name] = value
    environ["CONTENT_LENGTH"] = str(body.size)
    return environ


def _joined_headers(scope: Scope) -> dict[str, str]:
    values: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name or raw_name.lower() in (b"content-length", b"transfer-encoding"):
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        if name != "CONTENT_TYPE":
            name = f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if name in values:
            separator = "; " if name == "HTTP_COOKIE" else ","
            value = values[name] + separator + value
        values[name] = value
    return values


def _content_length(scope: Scope) -> int:
    """The announced size; 0 when there is none (the server has refused what is no number)."""
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _beginning(answer: Answer) -> Message:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers
    ]
    is_complete = answer.rest is None and answer.status not in (204, 304)
    if is_complete and b"content-length" not in dict(headers):
        headers.append((b"content-length", str(len(answer.start)).encode()))
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


# --- In a thread --------------------------------------------------------------------------------------


def _call(application: WSGIApplication, environ: Environ) -> Answer:
    """Ask the application, up to the first piece of its answer; a short answer is then complete."""
    begun: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
        begun.append((status, headers))

    pieces = application(environ, start_response)
    close = getattr(pieces, "close", lambda: None)
    try:
        rest = iter(pieces)
        start = _next_piece(rest)
        following = next(rest, None)
    except BaseException:
        close()
        raise
    status, headers = begun[-1]
    answer = Answer(status=int(status[:3]), headers=headers, start=start)
    if following is None:
        close()
    else:
        answer.rest, answer.close = chain([following], rest), close
    return answer


def _next_piece(pieces: Iterator[bytes]) -> bytes:
    """About 64 KiB of what comes next: pieces are often small, and each costs a change of threads."""
    gathered = []
    size = 0
    while size < PIECE_BYTES and (piece := next(pieces, None)) is not None:
        gathered.append(piece)
        size += len(piece)
    return b"".join(gathered)


def close_abandoned(what: object) -> None:
    """Close an answer that nobody reads any more; anything else needs nothing."""
    if not isinstance(what, Answer):
        return
    try:
        what.close()
    except Exception:
        logger.exception("An answer could not be closed")
