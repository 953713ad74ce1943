"""Other people's servers, as tests of integrations meet them."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from integrations.outbound import connections, outbound
from mattermost_hooks.console.sections import Config, Service
from tests import browsing, make
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

        def getaddrinfo(host: str, port: int, **_: object) -> list[Any]:
            asked.append(host)
            families = [socket.AF_INET6 if ":" in text else socket.AF_INET for text in texts]
            return [
                (family, socket.SOCK_STREAM, 6, "", (text, port))
                for family, text in zip(families, texts, strict=True)
            ]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

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
