"""Targets of requests in every form; test_asgi.py sends them to a server."""

import pytest

from mattermost_hooks import request_target


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/hooks/x", "/hooks/x"),
        ("/hooks/x?a=http://y/z", "/hooks/x?a=http://y/z"),
        ("http://chat.example/hooks/x", "/hooks/x"),
        ("HTTPS://[::1]:80/hooks/x?a=b", "/hooks/x?a=b"),
        ("http://chat.example", "http://chat.example"),
        ("http://a@chat.example/hooks/x", "http://a@chat.example/hooks/x"),
        ("*", "*"),
        ("chät:443", "chät:443"),
    ],
)
def test_a_call_is_known_by_its_path_whatever_the_form_of_its_target(
    target: str, path: str
) -> None:
    assert request_target.path_in(target) == path
