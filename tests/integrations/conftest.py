"""Other people's servers, as tests of integrations meet them."""

import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations import outbound
from mattermost_hooks.console.sections import Config, Service
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
    outbound._thread.adapter = None
    return change
