"""Where programs listen, with real sockets."""

import socket

import pytest

from mattermost_hooks import listening
from mattermost_hooks.listening import CannotListen, Place


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("", "http://127.0.0.1:8065"),
        ("0.0.0.0", "http://127.0.0.1:8065"),
        ("::", "http://[::1]:8065"),
        ("[::1]", "http://[::1]:8065"),
        ("chat.example.com", "http://chat.example.com:8065"),
    ],
)
def test_the_address_to_open_leads_to_this_machine(
    monkeypatch: pytest.MonkeyPatch, bind: str, url: str
) -> None:
    monkeypatch.setenv("BIND", bind)
    monkeypatch.delenv("PORT", raising=False)
    assert listening.place().url == url


@pytest.mark.parametrize("port", ["x", "-1", "0", "65536", "8065.0", "٨٠٦٥", "9" * 5000, " 80"])
def test_what_is_no_port_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CannotListen, match="PORT must be a number"):
        listening.place()


def test_a_port_where_somebody_listens_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        place = Place("127.0.0.1", other.getsockname()[1])
        with pytest.raises(CannotListen, match=f"{place.port}: another program does"):
            listening.require_free(place)
    listening.require_free(place)


def test_a_reserved_port_is_for_those_alone_who_share() -> None:
    with socket.socket() as held:
        port = listening.reserve(held, "127.0.0.1")
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port), reuse_port=True):
            socket.create_connection(("127.0.0.1", port)).close()


def test_the_preferred_port_is_taken_if_it_is_free_and_another_one_if_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        wanted = other.getsockname()[1]
        with socket.socket() as held:
            assert listening.reserve(held, "127.0.0.1", preferred=wanted) not in (0, wanted)
    with socket.socket() as held:
        assert listening.reserve(held, "127.0.0.1", preferred=wanted) == wanted
