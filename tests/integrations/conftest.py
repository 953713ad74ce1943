"""Other people's servers, as tests of integrations meet them, and what is due for them."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.posts.models import Post
from integrations.delivery import worker
from integrations.delivery.models import Delivery
from integrations.outbound import connections, outbound
from mattermost_hooks.console.sections import Config, Service
from tests import browsing, deliveries, make
from tests.receiver import OK, Answer, Receiver


@pytest.fixture
def serve() -> Iterator[Callable[..., Receiver]]:
    """`serve(answer)`: a receiver at work."""
    receivers: list[Receiver] = []

    def start(answer: Answer = OK, tls: ssl.SSLContext | None = None) -> Receiver:
        receivers.append(Receiver(answer, tls))
        return receivers[-1]

    yield start
    for receiver in receivers:
        receiver.close()


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """`resolve("127.0.0.1")`: every name has these addresses. Returns the list of names asked for."""

    def answer_with(*texts: str) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, *_: object, flags: int = 0, **__: object) -> Any:
            with suppress(socket.gaierror):
                return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
            if flags & socket.AI_NUMERICHOST:
                raise socket.gaierror(socket.EAI_NONAME, "no address")
            asked.append(host)
            families = [socket.AF_INET6 if ":" in text else socket.AF_INET for text in texts]
            return [
                (family, socket.SOCK_STREAM, 6, "", (text, port))
                for family, text in zip(families, texts, strict=True)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    real = socket.getaddrinfo

    return answer_with


@pytest.fixture
def outbound_settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`outbound_settings(EnableInsecureOutgoingConnections=True)`: what the console says.

    At first, 127.0.0.1 and receiver.test are allowed.
    """

    def change(**changes: Any) -> None:
        config = Config(ServiceSettings=Service(**changes))
        monkeypatch.setattr(outbound, "get_config", lambda: config)

    change(AllowedUntrustedInternalConnections="127.0.0.1 receiver.test")
    connections.thread.adapter = None
    return change


@pytest.fixture
def root() -> User:
    """An administrator."""
    return make.admin("root")


@pytest.fixture
def admin(root: User) -> Client:
    """A browser of the administrator."""
    return browsing.signed_in(root)


@pytest.fixture
def team(root: User) -> Team:
    """A team that the administrator is in: only members own its webhooks."""
    return make.team(make.user("ann"), root, name="operations")


@pytest.fixture
def channel(team: Team) -> Channel:
    """A public channel of the team."""
    return make.channel(team, name="alerts")


@pytest.fixture
def owed(console: Any, httpserver: HTTPServer) -> Callable[..., Delivery]:
    """`owed(url=…)`: a delivery of a new post, due now; to the test's receiver unless told otherwise."""
    console(ServiceSettings__AllowedUntrustedInternalConnections="127.0.0.1 localhost")

    def make_delivery(**more: Any) -> Delivery:
        post: Post = more.pop("post", None) or make.post(make.channel(), make.user(), "trigger me")
        assert post.channel.team is not None
        hook = more.pop("hook", None) or make.outgoing_hook(post.channel.team, make.user())
        return deliveries.stored(hook, post, **{"url": httpserver.url_for("/hook")} | more)

    return make_delivery


@pytest.fixture
def answers(httpserver: HTTPServer) -> Callable[..., None]:
    """`answers({"text": "hi"}, status=500)`: what the receiver answers to every request."""

    def answer(response_json: object = None, **more: Any) -> None:
        handler = httpserver.expect_request("/hook")
        handler.respond_with_json({} if response_json is None else response_json, **more)

    return answer


@pytest.fixture
def after() -> Callable[[Delivery], Delivery]:
    """`after(owed())`: the delivery after one attempt."""

    def attempt(due: Delivery) -> Delivery:
        worker.attempt(delivery_id=due.id)
        due.refresh_from_db()
        return due

    return attempt


@pytest.fixture
def fall_due() -> Callable[[Delivery], None]:
    """`fall_due(due)`: its time has come."""

    def pass_time(waiting: Delivery) -> None:
        Delivery.objects.filter(id=waiting.id).update(due_at=1)

    return pass_time


@pytest.fixture
def replies_to() -> Callable[[Delivery], list[Post]]:
    """`replies_to(due)`: all posts but the one that is delivered, oldest first."""

    def posted(of: Delivery) -> list[Post]:
        return list(Post.objects.exclude(id=of.cause_id).order_by("create_at"))

    return posted
