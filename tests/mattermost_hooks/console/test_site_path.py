"""The path that the server stands at: taken off what comes in, put before what goes out."""

from collections.abc import Callable

import pytest
from django.test import Client

from mattermost_hooks.asgi import application
from mattermost_hooks.console import allowed_values, site_path


@pytest.mark.parametrize(
    ("site_url", "prefix"),
    [
        ("", ""),
        ("https://chat.example.com", ""),
        ("https://chat.example.com/", ""),
        ("https://example.com/chat", "/chat"),
        ("https://example.com:8443/a/b/", "/a/b"),
    ],
)
def test_the_prefix_is_the_path_of_the_site_url(site_url: str, prefix: str) -> None:
    assert site_path.prefix_of(site_url) == prefix


@pytest.mark.parametrize(
    ("asked", "inner"),
    [
        ("/chat/hooks/x", "/hooks/x"),
        ("/hooks/x", "/hooks/x"),
        ("/chat", "/"),
        ("/chat/", "/"),
        ("/chat?x=1", "/?x=1"),
        ("/chatter", "/chatter"),
        ("/chat/chat/channels/x", "/chat/channels/x"),
        ("/CHAT/hooks/x", "/CHAT/hooks/x"),
        ("", ""),
        ("*", "*"),
    ],
)
def test_what_lies_below_is_found_with_and_without_the_prefix(asked: str, inner: str) -> None:
    assert site_path.inner(asked, "/chat") == inner
    assert site_path.inner(asked, "") == asked


def test_addresses_get_the_prefix_once() -> None:
    for path in ("/hooks/x", "/chat/hooks/x"):
        assert site_path.outer(path, "/chat") == "/chat/hooks/x"
        assert site_path.outer(path, "") == path


@pytest.mark.parametrize("target", ["/chat/hooks/x", "/hooks/x", "http://a.b/chat/hooks/x"])
def test_hook_calls_are_known_by_either_address(console: Callable[..., None], target: str) -> None:
    console(ServiceSettings__SiteURL="https://example.com/chat")
    site_path.prefix()
    assert application.is_hook_call("POST", target)
    assert not application.is_hook_call("GET", target)
    assert not application.is_hook_call("POST", "/chatter/hooks/x")


@pytest.mark.parametrize(
    ("site_url", "origin"),
    [
        ("", ""),
        ("https://Chat.Example.com/x", "https://chat.example.com"),
        ("https://a.b:443", "https://a.b"),
        ("http://a.b:443", "http://a.b:443"),
        ("http://[::1]:8065/", "http://[::1]:8065"),
    ],
)
def test_the_origin_is_what_browsers_say(
    console: Callable[..., None], site_url: str, origin: str
) -> None:
    console(ServiceSettings__SiteURL=site_url)
    assert site_path.origin() == origin


@pytest.mark.parametrize("word", ["api", "hooks", "static", "login", "EVENTS/x"])
def test_a_path_like_one_of_our_own_addresses_is_refused(word: str) -> None:
    problem = allowed_values.problem_with_site_url(f"https://example.com/{word}")
    assert problem is not None
    assert "begins like the server's own addresses" in problem


@pytest.mark.parametrize("path", ["//a", "/a//b", "/a/../b", "/a%20b", "/é", "/a;b"])
def test_a_path_that_can_be_written_in_several_ways_is_refused(path: str) -> None:
    assert allowed_values.problem_with_site_url(f"https://example.com{path}")


@pytest.mark.parametrize("asked", ["/chat/login", "/login"])
def test_cookies_and_addresses_of_an_answer_lie_below_the_prefix(
    console: Callable[..., None], asked: str
) -> None:
    console(ServiceSettings__SiteURL="https://example.com/chat")
    answer = Client().get(asked)
    assert {cookie["path"] for cookie in answer.cookies.values()} == {"/chat"}
    assert b'action="/chat/login"' in answer.content
