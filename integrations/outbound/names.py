"""Names turned into addresses within a time: the system's resolver knows no time limit of its own."""

import socket
import threading
from concurrent.futures import Future
from time import monotonic
from typing import Any, NamedTuple

# A name server that hangs holds each lookup for as long as the resolver is patient, some 10 to 30 seconds.
MOST_LOOKUPS = 128

_places = threading.BoundedSemaphore(MOST_LOOKUPS)


class Endpoint(NamedTuple):
    """One resolved address and port, in the form the socket's family wants it."""

    family: socket.AddressFamily
    address: Any


def resolve(host: str, port: int, *, seconds: float) -> list[Endpoint]:
    """Every address of the host, asked for once; an address in whatever spelling is its own.

    OSError if there is none, TimeoutError among them once these seconds are over. The lookup itself cannot
    be interrupted and goes on in its thread, unheard.
    """
    try:
        return _ask(host, port, flags=socket.AI_NUMERICHOST)  # no thread for what asks nobody
    except socket.gaierror:
        pass
    stop_at = monotonic() + seconds
    if not _places.acquire(timeout=seconds):
        raise TimeoutError
    found: Future[list[Endpoint]] = Future()
    threading.Thread(target=_look_up, args=(host, port, found), daemon=True).start()
    return found.result(timeout=max(stop_at - monotonic(), 0))


def _look_up(host: str, port: int, found: "Future[list[Endpoint]]") -> None:
    try:
        found.set_result(_ask(host, port))
    except Exception as error:  # whoever waits for it decides what it means
        found.set_exception(error)
    finally:
        _places.release()


def _ask(host: str, port: int, *, flags: int = 0) -> list[Endpoint]:
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [Endpoint(family, address) for family, _, _, _, address in answers]
