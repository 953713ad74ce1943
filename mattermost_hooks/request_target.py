"""What a request asks for, in the one form that everything behind the door knows: a clean path."""

import posixpath
import re
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

Scope = dict[str, Any]

_ABSOLUTE = re.compile(rb"https?://(?P<host>[^/?#@\\]+)(?P<path>/[^?#]*)?", re.IGNORECASE)
# What may stand in a path as it is (RFC 3986 §3.3); a backslash may not: browsers take it for a slash.
_PATH_CHARACTERS = "/:@!$&'()*+,;=~"


class BadTarget(ValueError):
    """The target of a request names no address that a web server could have."""


def in_origin_form(scope: Scope) -> Scope:
    """The request with its target as a path, even if it came as a whole URL (RFC 9112 §3.2.2).

    The URL's host then counts in place of the Host header. Its scheme counts nothing: how a caller came is
    known from the connection, or from the proxy in front. BadTarget if it is a URL of another kind.
    """
    target = scope["raw_path"]
    if target.startswith(b"/") or b"://" not in target:
        return scope
    url = _ABSOLUTE.fullmatch(target)
    if url is None:
        raise BadTarget
    path = url["path"] or b"/"
    others = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
    return scope | {
        "raw_path": path,
        "path": unquote_to_bytes(path).decode(errors="replace"),
        "headers": [(b"host", url["host"]), *others],
    }


def path_in(target: str) -> str:
    """The path in a target of either form, with its query if it has one; the text itself if there is none."""
    if target.startswith("/"):
        return target
    url = _ABSOLUTE.match(target.encode("latin-1", errors="replace"))
    return target[url.start("path") :] if url and url["path"] else target


def clean_address(scope: Scope) -> str | None:
    """Where a request with empty or dot segments in its path is to go, query included; None if it has none.

    Mattermost's router sends callers on in the same way, so `//hooks/ID` leads to `/hooks/ID`. It is a path
    with one slash at its beginning, never another host.
    """
    path = unquote_to_bytes(scope["raw_path"])
    if not path.startswith(b"/") or (b"//" not in path and b"/." not in path):
        return None
    clean = posixpath.normpath(b"/" + path.lstrip(b"/"))
    if path.endswith(b"/") and clean != b"/":
        clean += b"/"
    if clean == path:
        return None
    address = quote_from_bytes(clean, safe=_PATH_CHARACTERS)
    query = scope["query_string"].decode("latin-1")
    return f"{address}?{query}" if query else address
