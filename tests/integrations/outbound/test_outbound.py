"""The outbound client against real sockets: slow, broken, huge and forbidden receivers."""

import gzip
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from integrations.outbound import connections, outbound
from integrations.outbound.reply import OutboundError, Reply
from tests.receiver import OK, Receiver

MIB = 1_048_576

pytestmark = pytest.mark.usefixtures("outbound_settings")


def post(url: str, **more: Any) -> Reply:
    """A delivery of {}, which has 10 seconds."""
    call: dict[str, Any] = {"body": b"{}", "content_type": "a/b", "timeout": 10}
    return outbound.post(url, **(call | more))


def failure(url: str, **more: Any) -> OutboundError:
    """The error that a delivery ends in."""
    with pytest.raises(OutboundError) as caught:
        post(url, **more)
    return caught.value


# --- What is sent, what comes back ----------------------------------------------------------------------


def test_request_carries_mattermosts_headers_and_the_given_ones(serve: Any) -> None:
    receiver = serve()
    post(
        f"{receiver.url}/a b?c=ä",
        body=b"x=1",
        content_type="application/x-www-form-urlencoded",
        headers={"X-Delivery": "7"},
    )
    head, _, body = receiver.requests[0].decode().partition("\r\n\r\n")
    first, *headers = head.split("\r\n")
    assert first == "POST /hook/a%20b?c=%C3%A4 HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Content-Length: 3",
        "Content-Type: application/x-www-form-urlencoded",
        f"Host: 127.0.0.1:{receiver.port}",
        "User-Agent: Mattermost-Bot/1.1",
        "X-Delivery: 7",
    ]
    assert body == "x=1"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_every_method_is_sent_with_a_body_and_without(serve: Any, method: outbound.Method) -> None:
    receiver = serve()
    outbound.call(method, receiver.url, headers={"Accept": "*/*"}, timeout=10)
    outbound.call(method, receiver.url, body=b"x", timeout=10)
    without, with_body = receiver.requests
    assert without.startswith(f"{method} /hook HTTP/1.1\r\n".encode())
    assert (b"Content-Length: 0" in without) == (method != "GET")
    assert b"Accept: */*\r\n" in without
    assert b"content-type" not in without.lower()
    assert with_body.endswith(b"\r\n\r\nx")


def test_reply_has_status_lower_case_headers_and_body(serve: Any) -> None:
    reply = post(serve(b"HTTP/1.1 429 Slow\r\nRETRY-After: 9\r\nContent-Length: 2\r\n\r\nhi").url)
    assert (reply.status, reply.body, reply.content_type) == (429, b"hi", "")
    assert reply.headers["retry-after"] == "9"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            b"abc",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"{}"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 2 + OK, b"{}"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_every_framing_of_a_body_is_read(serve: Any, answer: bytes, body: bytes) -> None:
    assert post(serve(answer).url).body == body


def test_body_may_end_with_the_connection(serve: Any) -> None:
    receiver = serve(lambda connection: connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n{}"))
    assert post(receiver.url).body == b"{}"


def test_redirect_is_returned_and_not_followed(serve: Any) -> None:
    inside = serve()
    answer = f"HTTP/1.1 307 Go\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n"
    reply = post(serve(answer.encode()).url)
    assert (reply.status, reply.headers["location"]) == (307, inside.url)
    assert inside.connections == 0


def test_connection_is_used_again(serve: Any) -> None:
    receiver = serve()
    for _ in range(3):
        post(receiver.url)
    assert (len(receiver.requests), receiver.connections) == (3, 1)


def test_connection_is_not_used_again_under_another_allow_list(
    serve: Any, outbound_settings: Any
) -> None:
    receiver = serve()
    post(receiver.url)
    outbound_settings(AllowedUntrustedInternalConnections="")
    assert failure(receiver.url).kind == "blocked"
    assert len(receiver.requests) == 1


def test_cookies_are_not_kept(serve: Any) -> None:
    receiver = serve(OK.replace(b"\r\n", b"\r\nSet-Cookie: a=b\r\n", 1))
    post(receiver.url)
    post(receiver.url)
    assert b"cookie" not in receiver.requests[1].lower()


def test_environment_does_not_reroute_or_sign_requests(
    serve: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    receiver, proxy = serve(), serve()
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    post(receiver.url)
    assert proxy.connections == 0
    assert b"authorization" not in receiver.requests[0].lower()


# --- Where it may go ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "0x7f.1", "2130706433", "127.0.0.1", "[::1]"),
        *("[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1]", "10.0.0.1", "%31%32%37.0.0.1"),
    ],
)
def test_forbidden_address_is_blocked_in_every_spelling(host: str, outbound_settings: Any) -> None:
    outbound_settings()
    error = failure(f"http://{host}:8080/hook")
    assert (error.kind, error.retry) == ("blocked", False)
    assert error.message.startswith("address forbidden, you may need to set AllowedUntrusted")


def test_blocked_receiver_sees_no_connection(serve: Any, outbound_settings: Any) -> None:
    outbound_settings(AllowedUntrustedInternalConnections="localhost")
    receiver = serve()
    assert failure(receiver.url).kind == "blocked"
    assert receiver.connections == 0


@pytest.mark.parametrize("allowed", ["receiver.test", "RECEIVER.TEST", "10.0.0.0/8,127.0.0.0/8"])
def test_allowed_name_is_reached_and_stays_the_host(
    serve: Any, outbound_settings: Any, resolve: Any, allowed: str
) -> None:
    outbound_settings(AllowedUntrustedInternalConnections=allowed)
    resolve("127.0.0.1")
    receiver = serve()
    post(f"http://receiver.test:{receiver.port}/")
    assert f"Host: receiver.test:{receiver.port}\r\n".encode() in receiver.requests[0]


def test_name_is_resolved_once_for_judging_and_connecting(serve: Any, resolve: Any) -> None:
    asked = resolve("127.0.0.1")
    receiver = serve()
    post(f"http://receiver.test:{receiver.port}/")
    post(f"http://receiver.test:{receiver.port}/")
    assert asked == ["receiver.test"]


def test_next_address_is_tried_when_the_first_does_not_answer(serve: Any, resolve: Any) -> None:
    resolve("127.0.0.2", "127.0.0.1")
    receiver = serve()
    assert post(f"http://receiver.test:{receiver.port}/").status == 200


@pytest.mark.parametrize(
    "url",
    [
        *("", "/hook", "a.test/hook", "ftp://a.test/", "file:///etc/passwd", "HTTP://a.test/"),
        *("http://", "http:///hook", "http://?a", "http://:80/", " http://a.test/", "https:a.test"),
        *(
            "http://a.test:99999/",
            "http://a.test:0/",
            "http://a.test:x/",
            "http://[::1/",
            "http://*/",
        ),
        *("http://a.test/\r\nX: y", "http://a\x00.test/", "http://a.test/\t", "http://a b.test/"),
        *("http://a..b/", "http://.a/"),
        *("http://" + "a" * 64 + ".test/", "http://xn--\xff.test/", "http://a.test/\ud800"),
        *(
            "http://127。0。0。1/",
            "http://①②⑦.0.0.1/",
            "http://[fe80::1%251]/",
        ),
    ],
)
def test_odd_url_is_refused(url: str) -> None:
    error = failure(url)
    assert (error.kind, error.retry) == ("invalid_url", False)
    assert not outbound.is_valid_url(url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://a.test", "https://a.test/b?c#d", "http://127.0.0.1:8065/", "http://[::1]:80/a"),
        *("http://bücher.test/", "http://127.0.0.1/café", "http://127.0.0.1/a b", "http://a_b/"),
    ],
)
def test_web_address_is_a_valid_url(url: str) -> None:
    assert outbound.is_valid_url(url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("A", "b\r\nC: d"), ("A", "b\x00"), ("A", "\u20ac"), ("A", " b"), ("A", "b\n")),
        *(("A b", "c"), ("A:", "c"), ("", "c"), ("A\r\nB", "c"), ("\u00e4", "c")),
        *(("Host", "inside.test"), ("content-length", "5"), ("Transfer-Encoding", "chunked")),
        ("Connection", "close"),
    ],
)
def test_header_that_would_break_the_request_is_refused(serve: Any, name: str, value: str) -> None:
    receiver = serve()
    error = failure(receiver.url, headers={name: value})
    assert (error.kind, error.retry) == ("protocol", False)
    assert receiver.connections == 0


# --- How long, how much -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8;",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_receiver_that_drips_is_cut_at_the_deadline(serve: Any, start: bytes) -> None:
    receiver: Receiver = serve(lambda connection: receiver.drip(connection, start))
    error = failure(receiver.url, timeout=0.4)
    assert (error.kind, error.retry) == ("timeout", True)


def test_receiver_that_does_not_read_is_cut_at_the_deadline(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    assert failure(url, body=b"x" * 32 * MIB, timeout=0.4).kind == "timeout"
    listener.close()


def test_time_limit_is_the_consoles_unless_told(serve: Any, outbound_settings: Any) -> None:
    outbound_settings(
        AllowedUntrustedInternalConnections="127.0.0.1", OutgoingIntegrationRequestsTimeout=0.2
    )
    receiver: Receiver = serve(lambda connection: receiver.drip(connection, b""))
    assert failure(receiver.url, timeout=None).kind == "timeout"


def test_handshake_is_cut_at_the_deadline(serve: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    assert failure(url, timeout=0.4).kind == "timeout"
    listener.close()


def test_connecting_has_three_seconds_at_most(
    monkeypatch: pytest.MonkeyPatch, resolve: Any
) -> None:
    limits: list[float] = []

    def never_answers(connection: socket.socket, _: object) -> None:
        limits.append(connection.gettimeout() or 0)
        raise TimeoutError

    resolve("127.0.0.1", "127.0.0.2")
    monkeypatch.setattr(connections._Socket, "connect", never_answers)
    assert failure("http://receiver.test/", timeout=30).kind == "timeout"
    assert limits == pytest.approx([1.5, 3.0], abs=0.1)


@pytest.mark.parametrize(
    ("head", "frame"),
    [("Content-Length: {}", "{}"), ("Transfer-Encoding: chunked", "{:x}\r\n{}\r\n0\r\n\r\n")],
)
def test_one_mib_is_read_and_a_byte_more_is_too_large(serve: Any, head: str, frame: str) -> None:
    def answer(size: int) -> bytes:
        body = "x" * size
        framed = frame.format(size, body) if "chunked" in head else body
        return f"HTTP/1.1 200 OK\r\n{head.format(size)}\r\n\r\n{framed}".encode()

    assert len(post(serve(answer(MIB)).url).body) == MIB
    error = failure(serve(answer(MIB + 1)).url)
    assert (error.kind, error.retry) == ("too_large", False)


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 302 Go\r\nLocation: /\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
    ],
)
def test_endless_answer_is_cut(serve: Any, start: bytes) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(64):
            connection.sendall(b"x" * MIB)
            sent.append(MIB)

    sent: list[int] = []
    assert failure(serve(flood).url).kind == "too_large"
    assert sum(sent) < 32 * MIB


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (b"A: b\r\n" * 200, "more than 100 headers"),
        (b"A: " + b"b" * 70_000, "a line longer than 64 KiB"),
        ((b"A: " + b"b" * 60_000 + b"\r\n") * 3, "more than 128 KiB of headers"),
        (b"\r\nHTTP/1.1 100 Go\r\n" * 8_000, "more than 128 KiB of headers"),
        (b"\r\nHTTP/1.1 103 Go\r\n" * 8_000, "more than 128 KiB of headers"),
    ],
)
def test_headers_without_end_are_cut(serve: Any, part: bytes, words: str) -> None:
    answer = b"HTTP/1.1 100 Go\r\n" + part
    error = failure(serve(lambda connection: connection.sendall(answer)).url)
    assert (error.kind, error.retry) == ("protocol", True)
    assert words in error.message


def test_gzip_that_was_not_asked_for_is_read(serve: Any) -> None:
    reply = post(serve(_zipped(gzip.compress(b'{"text": "gzipped"}'))).url)
    assert json.loads(reply.body) == {"text": "gzipped"}
    assert "content-encoding" not in reply.headers


def test_gzip_bomb_is_too_large(serve: Any) -> None:
    assert failure(serve(_zipped(gzip.compress(b"\0" * 64 * MIB))).url).kind == "too_large"


def _zipped(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


# --- Broken receivers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "closed the connection without an answer"),
        (b"nonsense\r\n\r\n", "did not answer in HTTP"),
        (b"HTTP/9.0 200 OK\r\n\r\n", "unknown version of HTTP"),
        (b"HTTP/1.1 abc OK\r\n\r\n", "did not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "ended before it was complete"),
        (b"HTTP/1.1 101 Switch\r\n\r\n\x00\x01", "did not answer in HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", "ended before it was complete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nabc", "not answer in valid HTTP"),
        (_chunked(b"zz\r\n"), "not answer in valid HTTP"),
        (_chunked(b"-5\r\nabc"), "not answer in valid HTTP"),
        (_chunked(b"5\r\nabc"), "ended before it was complete"),
        (_zipped(b"abc"), "not valid gzip"),
        (_zipped(gzip.compress(b"abc")[:-6]), "not valid gzip"),
    ],
)
def test_malformed_answer_may_be_tried_again(serve: Any, answer: bytes, words: str) -> None:
    error = failure(serve(lambda connection: connection.sendall(answer)).url)
    assert (error.kind, error.retry) == ("protocol", True)
    assert words in error.message


def test_nobody_listening_is_unreachable(serve: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/")
    assert (error.kind, error.retry) == ("unreachable", True)
    assert error.message == "The receiver does not accept connections."


def test_name_without_an_address_is_unreachable() -> None:
    error = failure("http://no-such-name.invalid/")
    assert (error.kind, error.retry) == ("unreachable", True)
    assert "name cannot be resolved" in error.message


def test_error_does_not_tell_the_url(serve: Any) -> None:
    receiver = serve(b"nonsense\r\n\r\n")
    error = failure(f"{receiver.url}/secret")
    assert "secret" not in f"{error} {error.__cause__}"
    assert error.__suppress_context__
