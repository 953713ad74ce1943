"""The web process as clients meet it: a running server, real sockets."""

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from http.client import HTTPMessage
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import requests

from accounts.sessions.cookies import TOKEN_COOKIE
from mattermost_hooks.own_words import own_words
from tests import running, servers

pytestmark = pytest.mark.servers

LIMIT = 100_000  # FileSettings.MaxFileSize during the tests


class Answered(NamedTuple):
    """An answer that has been read to its end."""

    status: int
    headers: HTTPMessage
    body: bytes


class Server:
    """A running project and its administrator, signed in."""

    def __init__(self, project: running.RunningProject) -> None:
        self.project = project
        self.address = urlsplit(project.url).netloc
        self.host, _, self.port = self.address.partition(":")
        self.admin = project.sign_in()

    def limit_bodies(self, size: int) -> None:
        self.admin.call("PUT", "/config/patch", {"FileSettings": {"MaxFileSize": size}})

    def channel(self) -> str:
        name = f"team{time.time_ns()}"
        team = self.admin.call("POST", "/teams", {"name": name, "display_name": name, "type": "O"})
        square = self.admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")
        return str(square["id"])

    def listen(self, channel_id: str) -> requests.Response:
        return requests.get(
            f"{self.project.url}/events/channels/{channel_id}",
            cookies={TOKEN_COOKIE: self.admin.token},
            stream=True,
            timeout=20,
        )

    def raw(self, request: bytes) -> socket.socket:
        connection = socket.create_connection((self.host, int(self.port)), timeout=20)
        connection.sendall(request)
        return connection

    def ask(self, request: bytes, *, half_close: bool = False) -> Answered:
        """What is answered to one request, on a connection of its own."""
        with self.raw(request) as connection:
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return Answered(answer.status, answer.headers, answer.read())

    def hook(self, channel_id: str) -> str:
        made = self.admin.call("POST", "/hooks/incoming", {"channel_id": channel_id})
        return str(made["id"])

    def messages(self, channel_id: str) -> list[str]:
        """What was said in the channel, newest first; the system's own messages left out."""
        page = self.admin.call("GET", f"/channels/{channel_id}/posts")
        posts = (page["posts"][one] for one in page["order"])
        return [post["message"] for post in posts if not post["type"].startswith("system_")]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with servers.temporary_folder() as folder, running.project(folder) as project:
        project.wait_until_up()
        made = Server(project)
        made.limit_bodies(LIMIT)
        yield made


def request(method: str, target: str, *headers: str, body: str = "") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def event(lines: Iterator[str]) -> list[str]:
    """The lines of the next event, comments and settings of the stream left out."""
    found: list[str] = []
    while True:
        line = next(lines)
        if line.startswith(("event", "id", "data")):
            found.append(line)
        elif found:
            return found


def test_json_is_announced_without_a_charset(server: Server) -> None:
    answer = requests.get(f"{server.project.url}/api/v4/system/ping", timeout=20)
    assert answer.headers["Content-Type"] == "application/json"


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    connection = http.client.HTTPConnection(server.address, timeout=20)
    connection.request("HEAD", "/api/v4/system/ping")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    connection.request("GET", "/api/v4/system/ping")
    assert connection.getresponse().status == 200


def test_half_sent_bodies_stop_nobody_else(server: Server) -> None:
    half = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
    stalled = [server.raw(half) for _ in range(40)]
    for _ in range(10):
        answer = requests.get(f"{server.project.url}/api/v4/system/ping", timeout=5)
        assert answer.status_code == 200
    for connection in stalled:
        connection.close()


def test_body_over_the_limit_is_refused_before_it_is_sent(server: Server) -> None:
    head = b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n"
    with server.raw(head) as connection:
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        fields = json.loads(answer.read())
    assert (answer.status, fields["status_code"]) == (413, 413)
    assert fields["id"] == "api.context.request_body_too_large.app_error"
    assert fields["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["Content-Type"] == "application/json"


def test_people_whose_message_is_too_long_are_told_so_on_a_page(server: Server) -> None:
    """Without scripts a browser shows whatever is answered to its form."""
    answer = requests.post(
        f"{server.project.url}/demo/channels/town-square/say",
        data={"message": "x" * 300_000},
        headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
        timeout=20,
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "go back, where your browser still has what you wrote" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    styles = re.findall(r'href="(/static/[^"]+)"', answer.text)
    assert len(styles) == 2
    for style in styles:
        assert requests.get(f"{server.project.url}{style}", timeout=20).status_code == 200


def test_chunked_body_over_the_limit_is_refused(server: Server) -> None:
    pieces = (b"x" * 10_000 for _ in range(30))
    answer = requests.post(f"{server.project.url}/hooks/x", data=pieces, timeout=20)
    assert answer.status_code == 413


def test_chunked_body_arrives_like_any_other(server: Server) -> None:
    body = json.dumps({"login_id": "admin", "password": running.ADMIN_PASSWORD}).encode()
    pieces = iter([body[:10], body[10:]])
    answer = requests.post(f"{server.project.url}/api/v4/users/login", data=pieces, timeout=20)
    assert answer.status_code == 200


def test_the_owner_of_a_hook_reads_of_calls_that_django_never_saw(server: Server) -> None:
    hook = server.hook(server.channel())
    head = f"POST /hooks/{hook} HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    too_large = server.ask((head % 999_999).encode())
    assert too_large.status == 413
    cut_off = server.ask((head % 1000).encode() + b"x" * 10, half_close=True)
    assert cut_off.status == 408
    calls = f"/hooks/incoming/{hook}/calls"
    running.wait_for(lambda: len(server.admin.call("GET", calls)) == 2)
    found = {one["status"]: one for one in server.admin.call("GET", calls)}
    assert found[413]["size"] == 999_999
    assert found[413]["error_id"] == "api.context.request_body_too_large.app_error"
    assert found[408]["size"] == 10
    assert {one["source"] for one in found.values()} == {"127.0.0.1"}


def test_changed_limit_acts_at_once_in_every_process(server: Server) -> None:
    try:
        for limit, is_refused in ((300_000, False), (LIMIT, True)) * 3:
            server.limit_bodies(limit)
            for _ in range(4):  # each a new connection, so that both processes get some
                answer = requests.post(f"{server.project.url}/hooks/x", b"x" * 200_000, timeout=20)
                assert (answer.status_code == 413) is is_refused
    finally:
        server.limit_bodies(LIMIT)


def test_client_that_waits_for_100_continue_gets_it(server: Server) -> None:
    head = (
        b"POST /api/v4/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        b"Expect: 100-continue\r\n\r\n"
    )
    with server.raw(head) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=rot13", "text/plain; charset=idna", "text/plain; charset*=no''%ff"],
)
def test_a_charset_that_decodes_no_text_is_not_heeded(server: Server, content_type: str) -> None:
    answer = requests.post(
        f"{server.project.url}/api/v4/users/login?a=%ff",
        data=b"{}",
        headers={"Content-Type": content_type},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["id"]) == (400, "api.user.login.blank_pwd.app_error")


def test_a_hook_call_from_who_closes_the_sending_half_is_answered(server: Server) -> None:
    channel_id = server.channel()
    call = request(
        "POST", f"/hooks/{server.hook(channel_id)}", "Host: x", body=json.dumps({"text": "half"})
    )
    answer = server.ask(call, half_close=True)
    assert (answer.status, answer.body) == (200, b"ok")
    assert server.messages(channel_id) == ["half"]


def test_json_that_curl_calls_a_form_is_posted(server: Server) -> None:
    channel_id = server.channel()
    form = "Content-Type: application/x-www-form-urlencoded"
    text = json.dumps({"text": "a=b&c"})
    call = request("POST", f"/hooks/{server.hook(channel_id)}", "Host: x", form, body=text)
    assert server.ask(call).status == 200
    assert server.messages(channel_id) == ["a=b&c"]


def test_a_whole_url_is_served_like_its_path(server: Server) -> None:
    channel_id = server.channel()
    hook, cookie = server.hook(channel_id), f"Cookie: {TOKEN_COOKIE}={server.admin.token}"
    bearer = f"Authorization: Bearer {server.admin.token}"
    site = "http://chat.example:8065"
    text = json.dumps({"text": "absolute"})
    assert server.ask(request("POST", f"{site}/hooks/{hook}", "Host: x", body=text)).status == 200
    assert server.messages(channel_id) == ["absolute"]
    me = server.ask(request("GET", "HTTPS://other/api/v4/users/me?a=//b", "Host: x", bearer))
    assert json.loads(me.body)["username"] == "admin"
    assert server.ask(request("GET", f"{site}/static/css/app.css", "Host: x")).status == 200
    assert server.ask(request("GET", f"{site}/login", "Host: x")).status == 200
    for root in (site, f"{site}/", f"{site}?a=b"):
        assert server.ask(request("GET", root, "Host: x", cookie)).status in (200, 302)
    with server.raw(
        request("GET", f"{site}/events/channels/{channel_id}", "Host: x", cookie)
    ) as one:
        assert b"text/event-stream" in one.recv(1000)


@pytest.mark.parametrize(("origin", "status"), [("chat.example", 401), ("other.example", 403)])
def test_the_host_of_a_whole_url_counts_in_place_of_the_header(
    server: Server, origin: str, status: int
) -> None:
    secret = "x" * 32
    headers = ("Content-Type: application/x-www-form-urlencoded", f"Cookie: csrftoken={secret}")
    form = f"csrfmiddlewaretoken={secret}&login_id=nobody&password=wrong"
    said = ("Host: other.example", f"Origin: http://{origin}", *headers)
    answer = server.ask(request("POST", "http://chat.example/login", *said, body=form))
    assert answer.status == status


@pytest.mark.parametrize(
    "target", ["http:///hooks/x", "http://a@evil.example/", "ftp://x/hooks/x", "http://", "x://"]
)
def test_a_url_without_a_proper_host_is_refused(server: Server, target: str) -> None:
    answer = server.ask(request("POST", target, "Host: x"))
    assert (answer.status, json.loads(answer.body)["status_code"]) == (400, 400)


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("//hooks/x", "/hooks/x"),
        ("///hooks//x?a=%20//b", "/hooks/x?a=%20//b"),
        ("http://chat.example//hooks/x/", "/hooks/x/"),
        ("/gold/../hooks/./x", "/hooks/x"),
        ("//evil.example/hooks", "/evil.example/hooks"),
        ("/%2F/evil.example/..", "/"),
        ("//\\evil.example/", "/%5Cevil.example/"),
        ("//%5Cevil.example/%0D%0Aa:b", "/%5Cevil.example/%0D%0Aa:b"),
        ("//api/v4//system/ping", "/api/v4/system/ping"),
        ("//events/channels/x", "/events/channels/x"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_with_empty_or_dot_segments_leads_to_the_clean_one(
    server: Server, method: str, target: str, location: str
) -> None:
    answer = server.ask(request(method, target, "Host: x"))
    assert (answer.status, answer.headers["Location"]) == (301, location)
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("target", ["/.well-known/x", "/gold/messages/@a..b", "/?a=//b/../c"])
def test_dots_that_mean_nothing_lead_nowhere(server: Server, target: str) -> None:
    assert server.ask(request("GET", target, "Host: x")).status != 301


@pytest.mark.parametrize("word", sorted(own_words() - {"admin_console"}))
@pytest.mark.parametrize("rest", ["", "/", "/nothing/there"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_our_own_addresses_are_no_pages_of_teams(
    server: Server, method: str, word: str, rest: str
) -> None:
    if rest == "" and word in ("login", "logout", "metrics"):
        rest = "/"
    for spelling in (word, word.upper()):
        answer = server.ask(request(method, f"/{spelling}{rest}", "Host: x"))
        assert (answer.status, json.loads(answer.body)["status_code"]) == (404, 404)
        assert "Set-Cookie" not in answer.headers


def test_people_see_a_page_where_programs_get_json(server: Server) -> None:
    answer = server.ask(request("GET", "/static/none", "Host: x", "Accept: text/html,*/*"))
    assert (answer.status, b"<html" in answer.body) == (404, True)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/hooks/x", "POST, OPTIONS"),
        ("/api/v4/posts", "POST, OPTIONS"),
        ("/api/v4/config", "GET, PUT, HEAD, OPTIONS"),
        ("/api/v4/hooks/outgoing", "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_options_tell_the_methods_and_nothing_of_the_inside(
    server: Server, path: str, allowed: str
) -> None:
    answer = server.ask(request("OPTIONS", path, "Host: x", "Origin: http://a.example"))
    assert (answer.status, answer.body) == (200, b"")
    assert (answer.headers["Allow"], answer.headers["Content-Length"]) == (allowed, "0")
    assert not any(name.startswith("Access-Control-") for name in answer.headers)


def test_visitor_hears_nothing(server: Server) -> None:
    answer = requests.get(f"{server.project.url}/events/channels/{server.channel()}", timeout=20)
    assert (answer.status_code, answer.json()["id"]) == (403, "api.context.permissions.app_error")


def test_page_is_told_to_look_and_then_of_each_post(server: Server) -> None:
    channel_id = server.channel()
    with server.listen(channel_id) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert event(lines) == ["event: post", "data: resume"]
        post = server.admin.call("POST", "/posts", {"channel_id": channel_id, "message": "hello"})
        told = event(lines)
    assert told == ["event: post", f"data: {post['id']}"]


def test_a_stream_whose_caller_has_said_all_ends_properly(server: Server) -> None:
    target = f"/events/channels/{server.channel()}"
    cookie = f"Cookie: {TOKEN_COOKIE}={server.admin.token}"
    with server.raw(request("GET", target, "Host: x", cookie)) as connection:
        stream = http.client.HTTPResponse(connection)
        stream.begin()
        assert stream.read1().startswith(b"retry: ")
        connection.shutdown(socket.SHUT_WR)
        assert stream.read() == b""  # cut off, it would be an error
    answer = server.ask(request("GET", target, "Host: x", cookie), half_close=True)
    assert (answer.status, b"resume" in answer.body) == (200, True)


def test_an_open_stream_is_ended_properly_by_a_stop() -> None:
    with servers.temporary_folder() as folder, running.project(folder) as project:
        project.wait_until_up()
        server = Server(project)
        with server.listen(server.channel()) as stream:
            assert project.stop() == 0
            # A stream that was cut off has no proper end, and reading it is an error.
            assert b"".join(stream.iter_content()).endswith(b"\n\n")
