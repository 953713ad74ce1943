"""Who is called: a receiver is a scheme, a host and a port, however its URLs spell them."""

from urllib.parse import urlsplit

from .models import LONGEST_ENDPOINT

PORTS = {"http": 80, "https": 443}


def endpoint_of(url: str) -> str:
    """The receiver behind a URL, such as https://ci.example.com:443; what is no URL is a receiver by itself."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    except ValueError:
        return url[:LONGEST_ENDPOINT]
    return f"{parts.scheme}://{host}:{port}"[:LONGEST_ENDPOINT]


def receiver_of(url: str) -> str:
    """The receiver behind a URL as people are shown it: host and port, none of what may be secret."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or "?"
    except ValueError:  # stored before URLs were checked so, or by hand
        return "?"
