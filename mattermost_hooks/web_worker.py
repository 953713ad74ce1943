"""Gunicorn's ASGI worker, with an end to what some callers could take from others.

Whoever connects has HEADER_SECONDS for a complete header. Connections are limited; beyond the limit those that
have waited longest for a header make room, so silence never shuts out who has something to say.

Every second process serves pages: the others accept all connections, answer hook calls themselves and hand
over whatever else comes. What a page computes then keeps no hook call from the interpreter, and little of the
processors, since the system prefers the other processes. Each process could answer everything: where there is
only one, or nobody to take a connection, it does.
"""

import gc
import logging
import os
import resource
import sys
from socket import socket
from typing import Any
from weakref import WeakSet

from gunicorn.workers import gasgi

from . import log_lines
from .handover import Handover
from .http_connection import Connection
from .log_lines import Seldom

HEADER_SECONDS = 10.0
# What a process opens beside connections: the database, Redis, large bodies, files.
OTHER_OPEN_FILES = 256
# A thread that computes keeps the interpreter for this long while others wait: with Python's own 5 ms a quick
# request beside slow pages waits a few times 5 ms for each of its steps.
SWITCH_SECONDS = 0.0005
MOST_OPEN_FILES = 1_048_576  # where the system sets no limit
RETRY_AFTER = (("Retry-After", "2"),)
# As polite as the system allows: pages get what hook calls and deliveries leave. There is always some, since
# those wait for the database most of the time (docs/decisions.md).
PAGE_NICENESS = 19
LONGEST_REQUEST_LINE = 8192  # beyond it the server refuses the request

log_lines.hide_secrets()  # gunicorn speaks before the settings are read
logger = logging.getLogger(__name__)
_say_that_one_made_room = Seldom(logger.warning)
_say_that_one_was_refused = Seldom(logger.error)


class WebProtocol(Connection):
    """One connection: silent in the worker's eyes until a header is complete, and again after each answer."""

    _has_begun_request = False
    _next_request = b""  # what there is of it, until it is known whose it is

    def __init__(self, worker: "WebWorker", said: bytes = b"") -> None:
        super().__init__(worker)
        self._said = said  # to the process that handed the connection over
        self._has_spoken = bool(said)

    def connection_made(self, transport: Any) -> None:
        """Somebody connects; refused when there is no room and nobody silent to make some."""
        if self.worker.make_room():
            super().connection_made(transport)
            self.worker.begin_silence(self)
            if self._said:
                super().data_received(self._said)
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
        """Some of what the caller says. A request that another process is there for goes to that one."""
        self._has_spoken = True
        if self._has_begun_request:
            super().data_received(data)
        else:
            self._next_request += data
            self._consider_next_request()

    def give_up(self) -> None:
        """End a connection whose header has not come."""
        if self._has_spoken:
            self._send_error_response(408, "The header did not come in time.")
        self._close_transport()
        self._request_ready.set()  # what waits for it finds the connection closed

    def _consider_next_request(self) -> None:
        """Once its first line is there and the answer before it is sent, serve it or hand it over."""
        said = self._next_request
        is_known = b"\n" in said and not self._request_ready.is_set()
        if is_known or len(said) > LONGEST_REQUEST_LINE:
            self._next_request = b""
            if not (is_known and self._hand_over(said)):
                super().data_received(said)

    def _hand_over(self, said: bytes) -> bool:
        method, _, target = said.partition(b"\n")[0].partition(b" ")
        way = self.worker.way_for(method, target.partition(b" ")[0])
        # What waits to be sent would be lost.
        if way is None or self.transport.get_write_buffer_size():
            return False
        if not way.give(self.transport.get_extra_info("socket").fileno(), said):
            return False
        self._closed = True  # for this process, and without a farewell
        self.transport.abort()
        self._request_ready.set()
        return True

    def _feed_callback_parser(self, data: bytes) -> Any:
        self._has_begun_request = True
        return super()._feed_callback_parser(data)

    def _on_message_complete(self) -> None:
        self._has_begun_request = False
        super()._on_message_complete()

    def _on_headers_complete(self) -> Any:
        self.worker.end_silence(self)
        return super()._on_headers_complete()

    def _arm_keepalive_timer(self) -> None:
        self._has_spoken = bool(self._next_request)
        self.worker.begin_silence(self)
        self._consider_next_request()
        if not self._request_ready.is_set():
            super()._arm_keepalive_timer()


# The worker names its protocol nowhere else.
gasgi.ASGIProtocol = WebProtocol


class WebWorker(gasgi.ASGIWorker):  # type: ignore[misc] # gunicorn has no types
    """A web process: one that takes in connections and answers hook calls, or one for everything else."""

    # Gunicorn makes its workers in the parent of their processes, and forgets those whose process has ended.
    _living: "WeakSet[WebWorker]" = WeakSet()
    _to_pages = Handover()
    _to_hooks = Handover()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What the parent has loaded stays: the collector need not walk through it again and again while all
        # wait, nor make each process a copy of its own by doing so.
        gc.collect()
        gc.freeze()
        for_pages = [worker for worker in self._living if worker.is_for_pages]
        self.is_for_pages: bool = 2 * len(for_pages) < len(self._living)
        self._living.add(self)
        self.most_connections = 0
        # The first is the one to be given up first.
        self._silent_until: dict[WebProtocol, float] = {}

    def load_wsgi(self) -> None:
        """Load the application; the first process says how many each of them can serve."""
        super().load_wsgi()
        if self.is_for_pages:
            os.nice(PAGE_NICENESS)
        sys.setswitchinterval(SWITCH_SECONDS)
        files = raise_file_limit()
        room = max(files - OTHER_OPEN_FILES, files // 2)
        self.most_connections = min(self.cfg.worker_connections, room)
        if self.age == 1:  # all have the same
            logger.info("Up to %d connections; %d open files", self.most_connections, files)

    def init_signals(self) -> None:
        """From now on connections are taken that others hand over."""
        super().init_signals()
        way = self._to_pages if self.is_for_pages else self._to_hooks
        self.loop.add_reader(way, self._take, way)

    def handle_exit_signal(self) -> None:
        """SIGTERM: no new connections, and no more events for the open ones.

        Without this a stop would wait for every open page, up to the graceful time-out.
        """
        super().handle_exit_signal()
        self.asgi.end_streams()

    def notify(self) -> None:
        """Gunicorn's sign of life, once a second: the time to look at who is late."""
        super().notify()
        if self.is_for_pages:
            self._accept_nothing()
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

    def way_for(self, method: bytes, target: bytes) -> Handover | None:
        """The way to the processes that are there for such a request; None when this is one."""
        if self.cfg.workers < 2 or not self.alive:
            return None
        is_for_pages = not self.asgi.is_hook_call(
            method.decode("latin-1"), target.decode("latin-1")
        )
        if is_for_pages == self.is_for_pages:
            return None
        return self._to_pages if is_for_pages else self._to_hooks

    def begin_silence(self, protocol: WebProtocol) -> None:
        """From now on a complete header is waited for."""
        self.end_silence(protocol)
        self._silent_until[protocol] = self.loop.time() + HEADER_SECONDS

    def end_silence(self, protocol: WebProtocol) -> None:
        """The header has come, or never will."""
        self._silent_until.pop(protocol, None)

    def _take(self, way: Handover) -> None:
        if taken := way.take():
            connection, said = taken
            self.loop.create_task(self._serve_taken(connection, said))

    async def _serve_taken(self, connection: socket, said: bytes) -> None:
        await self.loop.connect_accepted_socket(lambda: WebProtocol(self, said), connection)

    def _accept_nothing(self) -> None:
        # Gunicorn lets each process accept; those who connect are for the others to take in.
        for server in self.servers:
            server.close()

    def _give_up(self, protocol: WebProtocol) -> None:
        self.end_silence(protocol)
        protocol.give_up()


def raise_file_limit() -> int:
    """Let this process open as many files as the system allows it; how many that is."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = MOST_OPEN_FILES if hard == resource.RLIM_INFINITY else hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most
