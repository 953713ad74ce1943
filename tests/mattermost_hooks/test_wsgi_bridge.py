"""The bridge with small WSGI applications, driven as an ASGI server drives it."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from mattermost_hooks.lanes import Lane, Overloaded
from mattermost_hooks.wsgi_bridge import (
    Answer,
    BodyTooLarge,
    Environ,
    Message,
    Scope,
    WSGIBridge,
    close_abandoned,
)

LIMIT = 100_000


class Caller:
    """One request as the server sees it: pieces of the body in, messages of the answer out."""

    def __init__(self, *pieces: bytes, leaves: bool = False) -> None:
        self.pieces = list(pieces) or [b""]
        self.leaves = leaves
        self.sent: list[Message] = []
        self.reads = 0

    async def receive(self) -> Message:
        self.reads += 1
        if self.pieces:
            piece = self.pieces.pop(0)
            more = bool(self.pieces) or self.leaves
            return {"type": "http.request", "body": piece, "more_body": more}
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def scope(method: str = "POST", path: str = "/", headers: Iterable[Any] = ()) -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"a=1",
        "headers": list(headers),
        "client": ("192.0.2.7", 4711),
        "server": ("127.0.0.1", 8065),
    }


@pytest.fixture
def lane() -> Iterator[Lane]:
    made = Lane("test", threads=2, most_waiting=2, abandoned=close_abandoned)
    yield made
    made.shut_down()


@pytest.fixture
def bridge(lane: Lane) -> Callable[..., WSGIBridge]:
    def make(application: Any, *, limit: Callable[[], int] = lambda: LIMIT) -> WSGIBridge:
        return WSGIBridge(application, lane=lambda _: lane, body_limit=limit, refuse=refuse)

    return make


def refuse(error: Exception, environ: Environ) -> Answer:
    if isinstance(error, BodyTooLarge):
        return Answer(413, [], b"at most %d" % error.limit)
    return Answer(503 if isinstance(error, Overloaded) else 500, [], type(error).__name__.encode())


def echo(environ: Environ, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
    return [environ["wsgi.input"].read()]


def showing(name: str) -> Any:
    def application(environ: Environ, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [repr(environ.get(name)).encode()]

    return application


def ask(bridge: WSGIBridge, caller: Caller, request: Scope | None = None) -> Caller:
    asyncio.run(bridge(request or scope(), caller.receive, caller.send))
    return caller


class Stream:
    """An answer in many pieces that knows whether it was closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        self.closed.set()


def streaming(stream: Stream) -> Any:
    def application(environ: Environ, start_response: Any) -> Stream:
        start_response("200 OK", [("Content-Type", "text/csv")])
        return stream

    return application


def test_body_in_pieces_arrives_whole(bridge: Any) -> None:
    caller = ask(bridge(echo), Caller(b"one ", b"", b"two"))
    assert (caller.status, caller.body, caller.headers["x-length"]) == (200, b"one two", "7")


def test_body_larger_than_memory_allows_arrives_whole(bridge: Any) -> None:
    pieces = [b"x" * 65_536] * 40
    caller = ask(bridge(echo, limit=lambda: 10_000_000), Caller(*pieces))
    assert caller.body == b"".join(pieces)


def test_answer_gets_its_length(bridge: Any) -> None:
    assert ask(bridge(echo), Caller(b"12345")).headers["content-length"] == "5"


def test_head_gets_length_but_no_body(bridge: Any) -> None:
    caller = ask(bridge(showing("REQUEST_METHOD")), Caller(), scope("HEAD"))
    assert (caller.headers["content-length"], caller.body) == ("6", b"")


def test_204_has_no_length(bridge: Any) -> None:
    def nothing(environ: Environ, start_response: Any) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    assert "content-length" not in ask(bridge(nothing), Caller()).headers


def test_announced_body_over_the_limit_is_refused_unread(bridge: Any) -> None:
    caller = Caller(b"x")
    ask(bridge(echo), caller, scope(headers=[(b"content-length", b"100001")]))
    assert (caller.status, caller.body, caller.reads) == (413, b"at most 100000", 0)


def test_unannounced_body_over_the_limit_is_refused_where_it_passes_it(bridge: Any) -> None:
    caller = ask(bridge(echo), Caller(*[b"x" * 30_000] * 10))
    assert (caller.status, caller.reads) == (413, 4)


def test_who_refuses_is_told_the_request_and_how_large_it_is(lane: Lane) -> None:
    told: list[tuple[Exception, Environ]] = []

    def note(error: Exception, environ: Environ) -> Answer:
        told.append((error, environ))
        return refuse(error, environ)

    made = WSGIBridge(echo, lane=lambda _: lane, body_limit=lambda: LIMIT, refuse=note)
    ask(made, Caller(b"x"), scope(path="/a", headers=[(b"content-length", b"100001")]))
    ask(made, Caller(*[b"x" * 60_000] * 10))
    ask(made, Caller(b"x" * 7, leaves=True))
    sizes = [error.size for error, _ in told if isinstance(error, BodyTooLarge)]
    assert sizes == [100_001, 120_000]
    first, _, last = (environ for _, environ in told)
    assert (first["PATH_INFO"], first["REMOTE_ADDR"]) == ("/a", "192.0.2.7")
    assert last["CONTENT_LENGTH"] == "7"


def test_body_of_exactly_the_limit_is_let_in(bridge: Any) -> None:
    caller = Caller(b"x" * LIMIT)
    ask(bridge(echo), caller, scope(headers=[(b"content-length", str(LIMIT).encode())]))
    assert caller.status == 200


def test_limit_is_the_one_of_this_moment(bridge: Any) -> None:
    limits = [100_000, 200_000]
    one = bridge(echo, limit=lambda: limits.pop(0))
    statuses = [ask(one, Caller(b"x" * 150_000)).status for _ in range(2)]
    assert statuses == [413, 200]


def test_a_body_whose_rest_does_not_come_reaches_nobody_and_is_refused(bridge: Any) -> None:
    caller = ask(bridge(echo), Caller(b"half", leaves=True))
    assert (caller.status, caller.body) == (500, b"BodyMissing")


def test_stalled_bodies_hold_no_thread(bridge: Any) -> None:
    one = bridge(echo)

    async def stalled() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def story() -> Caller:
        waiting = [asyncio.ensure_future(one(scope(), stalled, Caller().send)) for _ in range(20)]
        caller = Caller(b"hello")
        await asyncio.wait_for(one(scope(), caller.receive, caller.send), timeout=5)
        for task in waiting:
            task.cancel()
        return caller

    assert asyncio.run(story()).body == b"hello"


def test_long_answer_comes_in_pieces_and_is_closed(bridge: Any) -> None:
    stream = Stream(b"x" * 10_000 for _ in range(50))
    caller = ask(bridge(streaming(stream)), Caller())
    assert (len(caller.body), len(caller.sent) > 3) == (500_000, True)
    assert stream.closed.wait(5)


def test_short_answer_in_pieces_is_sent_at_once_and_closed(bridge: Any) -> None:
    stream = Stream([b"a", b"", b"b"])
    caller = ask(bridge(streaming(stream)), Caller())
    assert (caller.body, len(caller.sent), stream.closed.is_set()) == (b"ab", 2, True)


def test_slow_readers_hold_no_thread(bridge: Any, lane: Lane) -> None:
    def long(environ: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter([b"x" * 70_000] * 10)

    one: WSGIBridge = bridge(long)

    async def never(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def story() -> int:
        readers = [asyncio.ensure_future(one(scope(), Caller().receive, never)) for _ in range(6)]
        await asyncio.sleep(0)
        answer = await asyncio.wait_for(lane.run(lambda: 42), timeout=5)
        for task in readers:
            task.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        return answer

    assert asyncio.run(story()) == 42


def test_answer_is_closed_when_the_caller_is_gone_in_the_middle(bridge: Any) -> None:
    stream = Stream(b"x" * 70_000 for _ in range(10))

    async def broken(message: Message) -> None:
        if message["type"] == "http.response.body":
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        asyncio.run(bridge(streaming(stream))(scope(), Caller().receive, broken))
    assert stream.closed.wait(5)


def test_answer_is_closed_when_nobody_waits_for_it_any_more(bridge: Any) -> None:
    stream = Stream(b"x" * 70_000 for _ in range(10))
    entered, go_on = threading.Event(), threading.Event()

    def slow(environ: Environ, start_response: Any) -> Stream:
        entered.set()
        assert go_on.wait(5)
        start_response("200 OK", [])
        return stream

    async def story() -> None:
        caller = Caller()
        task = asyncio.ensure_future(bridge(slow)(scope(), caller.receive, caller.send))
        assert await asyncio.to_thread(entered.wait, 5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        go_on.set()

    asyncio.run(story())
    assert stream.closed.wait(5)


def test_what_leaves_the_application_is_refused_in_words(bridge: Any) -> None:
    def failing(environ: Environ, start_response: Any) -> list[bytes]:
        raise LookupError("inside")

    caller = ask(bridge(failing), Caller())
    assert (caller.status, caller.body) == (500, b"LookupError")


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ([(b"x-one", b"1"), (b"x-one", b"2")], "HTTP_X_ONE", "1,2"),
        ([(b"cookie", b"a=1"), (b"cookie", b"b=2")], "HTTP_COOKIE", "a=1; b=2"),
        ([(b"content-type", b"text/plain")], "CONTENT_TYPE", "text/plain"),
        ([(b"x_forwarded_proto", b"https")], "HTTP_X_FORWARDED_PROTO", None),
        ([(b"transfer-encoding", b"chunked")], "HTTP_TRANSFER_ENCODING", None),
        ([(b"content-length", b"999")], "CONTENT_LENGTH", "0"),
        ([], "QUERY_STRING", "a=1"),
        ([], "REMOTE_ADDR", "192.0.2.7"),
    ],
)
def test_environment_says_what_the_request_said(
    bridge: Any, headers: Any, name: str, value: str | None
) -> None:
    caller = ask(bridge(showing(name)), Caller(), scope(headers=headers))
    assert caller.body.decode() == repr(value)


def test_path_keeps_its_bytes(bridge: Any) -> None:
    caller = ask(bridge(showing("PATH_INFO")), Caller(), scope(path="/caf%C3%A9/%FF"))
    assert caller.body.decode() == repr("/caf\xc3\xa9/\xff")
