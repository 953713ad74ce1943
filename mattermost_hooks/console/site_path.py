"""Where this server stands below its host: the path of SiteURL, `/mattermost` of https://host/mattermost.

A proxy in front may take it off the requests that it passes on, or leave it. So every request is served with
it and without it, and every address that leaves the server has it.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from .config import get_config

_USUAL_PORTS = {"http": 80, "https": 443}

_last_prefix = ""


def prefix() -> str:
    """The path without a slash at its end; empty where the server stands at the root of its host."""
    global _last_prefix
    _last_prefix = prefix_of(get_config().ServiceSettings.SiteURL)
    return _last_prefix


@lru_cache(maxsize=8)
def prefix_of(site_url: str) -> str:
    """The path of this SiteURL, like prefix()."""
    try:
        return urlsplit(site_url).path.rstrip("/")
    except ValueError:
        return ""


def origin() -> str:
    """Scheme, host and port of SiteURL as browsers send them; empty if the console names none."""
    try:
        parts = urlsplit(get_config().ServiceSettings.SiteURL.lower())
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_usual = port in (None, _USUAL_PORTS.get(parts.scheme))
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")


def inner(path: str, before: str | None = None) -> str:
    """A path, or one with a query, as it is without the prefix; unchanged where it does not stand below it.

    Cheap, and waits for nothing: the prefix is what prefix() said last in this process, unless `before` is
    given. A process keeps up with the settings by itself (asgi.py).
    """
    prefix = _last_prefix if before is None else before
    if not prefix or not path.startswith(prefix):
        return path
    rest = path[len(prefix) :]
    if not rest or rest[0] == "?":
        return f"/{rest}"
    return rest if rest[0] == "/" else path


def outer(path: str, before: str | None = None) -> str:
    """A path as callers must ask for it: with the prefix, once. Cheap, like inner()."""
    prefix = _last_prefix if before is None else before
    return prefix + inner(path, prefix)
