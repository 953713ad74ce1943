"""The first words of our own addresses, found in the routes."""

from collections.abc import Iterator

from django.urls import URLPattern, get_resolver, include, path, re_path
from django.views import View
from rest_framework.views import APIView

from mattermost_hooks.own_words import (
    BESIDE_THE_ROUTES,
    FOR_PROGRAMS,
    Routes,
    first_words,
    own_words,
)


def test_words_are_found_in_every_kind_of_route() -> None:
    view = View.as_view()
    inside = [re_path(r"^three/(?P<x>.*)$", view), re_path(r"^(?P<team>[a-z]+)/four$", view)]
    routes: Routes = [
        path("one", view),
        path("Two/x", include([path("y", view)])),
        path("", include(inside)),
    ]
    assert first_words(routes) - BESIDE_THE_ROUTES == {"one", "two", "three"}


def test_all_that_is_served_here_is_among_them() -> None:
    served = "admin_console api emoji events hooks login logout metrics plugins static"
    assert own_words() == set(served.split())


def test_what_speaks_json_is_for_programs() -> None:
    words = {
        word for word, view in _views(get_resolver().url_patterns) if issubclass(view, APIView)
    }
    assert words == FOR_PROGRAMS - BESIDE_THE_ROUTES


def _views(routes: Routes, word: str = "") -> Iterator[tuple[str, type]]:
    for route in routes:
        begin = word or next(iter(first_words([route]) - BESIDE_THE_ROUTES), "")
        if isinstance(route, URLPattern):
            yield begin, getattr(route.callback, "cls", object)
        else:
            yield from _views(route.url_patterns, begin if str(route.pattern) else "")
