"""Which pictures a page may load (specification §9): one rule for Markdown, attachments and icons.

The Content-Security-Policy (mattermost_hooks/settings.py) lets pictures come from everywhere; this decides.
A browser fetches a picture with the reader's cookies. One that led back to this server would visit its
pages in the reader's name, so only our pictures' own folders are open here.
"""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from mattermost_hooks.console import site_path
from mattermost_hooks.console.config import get_config
from mattermost_hooks.ip_forms import plain

_OWN = re.compile(r"/(?:emoji|static)/(?!.*\.\.)[A-Za-z0-9_./-]+\Z")
# Stricter than browsers, which repair much: two slashes, no user name, no escapes in the host, nothing
# that they drop (blanks, control characters) or read as a slash (a backslash).
_ELSEWHERE = re.compile(
    r"https?://(?P<host>[^\x00-\x20\x7f\\/?#@:%\[\]]+|\[[0-9a-f:.]+\])(?::[0-9]*)?(?:[/?#][^\x00-\x20\x7f\\]*)?\Z",
    re.IGNORECASE,
)
_LOOKS_LIKE_IPV4 = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\Z")


def address(url: str, *, own_host: str) -> str:
    """The address without blanks around it if a page of `own_host` may load a picture from it; else ""."""
    url = url.strip(" ")
    if _OWN.match(own := site_path.inner(url)):
        return site_path.outer(own)
    elsewhere = _ELSEWHERE.match(url)
    host = _plain_host(elsewhere["host"]) if elsewhere else ""
    return url if host and not _is_own(host, own_host) else ""


def own_host() -> str:
    """The host of SiteURL in the form that hosts are compared in; "" if the console names none."""
    try:
        return _plain_host(urlsplit(get_config().ServiceSettings.SiteURL).hostname or "")
    except ValueError:
        return ""


def _is_own(host: str, own: str) -> bool:
    # A server that was told no address answers at those of its own machine.
    return host == own or (_is_this_machine(host) and (not own or _is_this_machine(own)))


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified


def _plain_host(host: str) -> str:
    """One spelling of a host; "" for one that browsers may read otherwise than we do."""
    try:
        host = host.encode("idna").decode().lower().removesuffix(".") if host[:1] != "[" else host
        if ":" in host or _LOOKS_LIKE_IPV4.match(host):
            return str(plain(ip_address(host.strip("[]"))))
    except ValueError:
        return ""
    return host
