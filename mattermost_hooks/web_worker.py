"""Gunicorn's ASGI worker, with an end to what callers who send nothing could take from others.

Whoever connects has HEADER_SECONDS for a complete header. Connections are limited; beyond the limit those that
have waited longest for a header make room, so silence never shuts out who has something to say.
"""

import gc
import logging
import resource
import sys
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from . import log_lines
from .log_lines import Seldom

HEADER_SECONDS = 10.0
# What a process opens beside connections: the database, Redis, large bodies, files.
OTHER_OPEN_FILES = 256
# A thread that computes keeps the interpreter for this long while others wait: with Python's own 5 ms a hook
# call beside slow pages waits a few times 5 ms for each of its steps.
SWITCH_SECONDS = 0.0005
MOST_OPEN_FILES = 1_048_576  # where the system sets no limit
RETRY_AFTER = (("Retry-After", "2"),)

log_lines.hide_secrets()  # gunicorn speaks before the settings are read
logger = logging.getLogger(__name__)
_say_that_one_made_room = Seldom(logger.warning)
_say_that_one_was_refused = Seldom(logger.error)


class WebProtocol(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """One connection: silent in the worker's eyes until a header is complete, and again after each answer."""

    _has_spoken = False

    def connection_made(self, transport: Any) -> None:
        """Somebody connects; refused when there is no room and nobody silent to make some."""
        if self.worker.make_room():
            super().connection_made(transport)
            self.worker.begin_silence(self)
            return
        _say_that_one_was_refused(
            "Refused a connection: all %d are at work", self.worker.most_connections
        )
        self.worker.nr_conns += 1  # counted out again when it is lost
        self.transport = transport
        self._send_error_response(503, "The server has no connection left.", RETRY_AFTER)
        self._close_transport()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone, whoever ended it."""
        self.worker.end_silence(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of what the caller says."""
        self._has_spoken = True
        super().data_received(data)

    def give_up(self) -> None:
        """End a connection whose header has not come."""
        if self._has_spoken:
            self._send_error_response(408, "The header did not come in time.")
        self._close_transport()
        self._request_ready.set()  # what waits for it finds the connection closed

    def _on_headers_complete(self) -> Any:
        self.worker.end_silence(self)
        return super()._on_headers_complete()

    def _arm_keepalive_timer(self) -> None:
        self._has_spoken = False
        self.worker.begin_silence(self)
        super()._arm_keepalive_timer()


# The worker names its protocol nowhere else.
gasgi.ASGIProtocol = WebProtocol


class WebWorker(gasgi.ASGIWorker):  # type: ignore[misc] # gunicorn has no types
    """A web process."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_connections = 0
        # The first is the one to be given up first.
        self._silent_until: dict[WebProtocol, float] = {}

    def load_wsgi(self) -> None:
        """Load the application, and say how many this process can serve."""
        super().load_wsgi()
        sys.setswitchinterval(SWITCH_SECONDS)
        # What was loaded stays: the collector need not walk through it again and again, while all wait.
        gc.collect()
        gc.freeze()
        files = raise_file_limit()
        room = max(files - OTHER_OPEN_FILES, files // 2)
        self.most_connections = min(self.cfg.worker_connections, room)
        logger.info("Up to %d connections; %d open files", self.most_connections, files)

    def handle_exit_signal(self) -> None:
        """SIGTERM: no new connections, and no more events for the open ones.

        Without this a stop would wait for every open page, up to the graceful time-out.
        """
        super().handle_exit_signal()
        self.asgi.end_streams()

    def notify(self) -> None:
        """Gunicorn's sign of life, once a second: the time to look at who is late."""
        super().notify()
        now = self.loop.time()
        for protocol, until in list(self._silent_until.items()):
            if until > now:
                break
            self._give_up(protocol)

    def make_room(self) -> bool:
        """Is there room for one more connection? The one that has been silent for longest makes some."""
        if self.nr_conns < self.most_connections:
            return True
        if not self._silent_until:
            return False
        _say_that_one_made_room("Closed a silent connection: all %d are taken", self.nr_conns)
        self._give_up(next(iter(self._silent_until)))
        return True

    def begin_silence(self, protocol: WebProtocol) -> None:
        """From now on a complete header is waited for."""
        self.end_silence(protocol)
        self._silent_until[protocol] = self.loop.time() + HEADER_SECONDS

    def end_silence(self, protocol: WebProtocol) -> None:
        """The header has come, or never will."""
        self._silent_until.pop(protocol, None)

    def _give_up(self, protocol: WebProtocol) -> None:
        self.end_silence(protocol)
        protocol.give_up()


def raise_file_limit() -> int:
    """Let this process open as many files as the system allows it; how many that is."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
