"""The first words of the server's own addresses: none is a team's page, and no team can be named like one."""

import re
from collections.abc import Sequence
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import StringConverter

Routes = Sequence[URLPattern | URLResolver]

# Answered before Django looks at its routes (asgi.py, WhiteNoise), or kept free for what Mattermost has there.
BESIDE_THE_ROUTES = frozenset({"events", "plugins", "static"})
# What programs speak to; of the others people see something, too.
FOR_PROGRAMS = frozenset({"api", "events", "hooks", "metrics", "plugins"})

_FIRST_WORD = re.compile(r"\^?([A-Za-z0-9_-]+)(?=/|\$|\\Z|\Z)")


def first_words(routes: Routes) -> frozenset[str]:
    """The words that these routes begin with; one that begins with anybody's name adds none."""
    words = set(BESIDE_THE_ROUTES)
    for route in routes:
        if found := _FIRST_WORD.match(str(route.pattern)):
            words.add(found[1].lower())
        elif isinstance(route, URLResolver):
            words |= first_words(route.url_patterns)
    return frozenset(words)


@cache
def own_words() -> frozenset[str]:
    """The first words of all addresses that are no team's."""
    return first_words(get_resolver().url_patterns)


class OwnAddress(StringConverter):
    """The part of a route that is any address of ours; in any letter case, as no team's name has capitals."""

    regex = ".+"

    def to_python(self, value: str) -> str:
        """The address; the route does not match if it may be a team's."""
        if first_word(f"/{value}") not in own_words():
            raise ValueError
        return value


def first_word(path: str) -> str:
    """The first word of a path that begins with a slash, in small letters."""
    return path.partition("/")[2].partition("/")[0].lower()
