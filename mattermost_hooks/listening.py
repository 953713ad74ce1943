"""Where programs of this machine listen: BIND and PORT, checked before anything starts, and reserved ports."""

import errno
import os
import socket
from dataclasses import dataclass

MOST_PORT = 65535
# Addresses that mean "all of this machine's", and one that a browser on it can open instead.
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared


class CannotListen(Exception):
    """Nobody can listen where the environment says; the text names the variable and what to do."""


@dataclass(frozen=True)
class Place:
    """A host, without the brackets of an IPv6 address, and a port."""

    host: str
    port: int

    @property
    def bind(self) -> str:
        """The host as it stands in addresses."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def url(self) -> str:
        """The address to open in a browser on this machine, without a slash at its end."""
        host = _EVERYWHERE.get(self.host, self.host)
        return f"http://{Place(host, self.port).bind}:{self.port}"


def place() -> Place:
    """Where the web process listens, by BIND and PORT; CannotListen when PORT is no port."""
    port = os.environ.get("PORT") or "8065"
    if not (port.isascii() and port.isdigit() and 1 <= int(port[:9]) <= MOST_PORT):
        raise CannotListen(f"PORT must be a number from 1 to {MOST_PORT}, not {port!r}.")
    return Place((os.environ.get("BIND") or "127.0.0.1").strip("[]"), int(port))


def require_free(place: Place) -> None:
    """CannotListen unless a program could listen there now."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        socket.create_server((place.host, place.port), family=family).close()
    except OSError as error:
        raise CannotListen(_why_not(place, error)) from error


def reserve(held: socket.socket, host: str, *, preferred: int = 0) -> int:
    """A port of `host` that is kept until `held` is closed: the preferred one if it is free, else any.

    Programs of the same user can listen there if they share ports (SO_REUSEPORT), others cannot.
    """
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        # Without sharing, so that a port where somebody listens is not taken for a free one.
        socket.create_server((host, preferred)).close()
        held.bind((host, preferred))
    except OSError:
        held.bind((host, 0))
    return int(held.getsockname()[1])


def _why_not(place: Place, error: OSError) -> str:
    start = f"Cannot listen on {place.bind}:{place.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{start}: another program does. Stop it, or set PORT to a free port."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{start}: the system does not allow it. Set PORT to a port above 1023."
    return f"{start} ({error.strerror}). BIND must be an address of this machine."
