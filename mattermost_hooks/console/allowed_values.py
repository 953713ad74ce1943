"""What the values of settings must look like, beyond their type and range."""

import ipaddress
import re
from urllib.parse import urlsplit

from mattermost_hooks.own_words import first_word, own_words

SITE_URL_RULE = "must be empty or a full URL such as https://chat.example.com"
PROXY_RULE = "must be empty or the URL of an HTTP proxy such as http://proxy.example.com:3128"
SITE_PATH_RULE = (
    "has a path that may hold words of letters, digits, - and _ between slashes, and no others"
)

_SITE_PATH = re.compile(r"(/[A-Za-z0-9_-]+)*/?")


def problem_with_site_url(value: str) -> str | None:
    """Why this cannot be the site URL, or None."""
    if value and not _is_web_address(value):
        return SITE_URL_RULE
    path = urlsplit(value).path
    if not _SITE_PATH.fullmatch(path):
        return SITE_PATH_RULE
    word = first_word(path)
    return (
        f"has a path that begins like the server's own addresses: /{word}"
        if word in own_words()
        else None
    )


def problem_with_site_name(value: str) -> str | None:
    """Why this cannot be the name of the site, or None."""
    return None if value.strip() else "must not be empty"


def problem_with_connections(value: str) -> str | None:
    """Which entry of the allow-list of internal hosts is not understood, or None (specification §3.6)."""
    for entry in value.replace(",", " ").split():
        if "/" in entry:
            try:
                ipaddress.ip_network(entry, strict=False)
            except ValueError:
                return f"holds {entry!r}, which is not a network such as 10.0.0.0/8"
    return None


def problem_with_proxy(value: str) -> str | None:
    """Why this cannot be the proxy, or None (specification §3.6)."""
    if value and not (_is_web_address(value) and value.startswith("http://")):
        return PROXY_RULE
    return PROXY_RULE if urlsplit(value).path.strip("/") else None


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a broken port or IPv6 address
        return False
    is_plain = not (parts.query or parts.fragment or parts.username or " " in value)
    return parts.scheme in ("http", "https") and has_host and is_plain
