"""Whatever bytes come back: a reply, or an OutboundError that says why there is none."""

import gzip
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.outbound import connections, outbound
from integrations.outbound.reply import OutboundError
from mattermost_hooks.console.sections import Config, Service
from tests.receiver import Receiver

BEGINNINGS = [
    *(
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 204 \r\n",
        b"HTTP/1.1 100 Go\r\n\r\n",
        b"HTTP/1.1 101 x\r\n",
    ),
    *(
        b"HTTP/1.1 304 x\r\n",
        b"HTTP/1.1 999\r\n",
        b"HTTP/0.9 200\r\n",
        b"HTTP/2 200\r\n",
        b"\r\n",
        b"",
    ),
]
PARTS = [
    *(b"Content-Length: 3\r\n", b"Content-Length: -1\r\n", b"Content-Length: 1e9\r\n", b"\r\n"),
    *(b"Content-Length: 3, 3\r\n", b"Content-Length: \xb3\r\n", b"Content-Length: 0003\r\n"),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Connection: x\r\n",
    ),
    *(b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Content-Type: \xff\r\n"),
    *(b"Content-Type: multipart/mixed; boundary=a\r\n", b"Content-Type: message/rfc822\r\n"),
    *(b"Content-Type: message/delivery-status\r\n", b"--a\r\n", b" folded\r\n", b": no name\r\n"),
    *(
        b"Set-Cookie: a=b; expires=x\r\n",
        b"Location: http://[::1\r\n",
        b"no colon\r\n",
        b"\n",
        b"\r",
    ),
    *(
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"+3\r\n",
        b"0x3\r\n",
        b"_3\r\n",
        b";x\r\n",
        b"abc",
        b"\x00\xff",
    ),
    gzip.compress(b"abc"),
]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    started = Receiver(b"")
    yield started
    started.close()


@given(
    beginnings=st.lists(st.sampled_from(BEGINNINGS), min_size=1, max_size=2),
    parts=st.lists(st.sampled_from(PARTS) | st.binary(max_size=20), max_size=12),
)
def test_any_answer_is_a_reply_or_a_failure_in_words(
    receiver: Receiver, beginnings: list[bytes], parts: list[bytes]
) -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"".join([*beginnings, *parts]))

    receiver.answer = answer
    config = Config(ServiceSettings=Service(AllowedUntrustedInternalConnections="127.0.0.1"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbound, "get_config", lambda: config)
        connections.thread.adapter = None
        try:
            reply = outbound.call("POST", receiver.url, timeout=20)
        except OutboundError:
            return  # which is all that it may raise
    assert 200 <= reply.status <= 999
    assert all(name == name.lower() for name in reply.headers)
