"""A connection of gunicorn's that hears a caller out and lets it read its answer (RFC 9112 §9.6).

Some callers close their sending half after the request (`shutdown(SHUT_WR)`): they are answered like any
other, and what they left incomplete is refused at once. Who is refused while still talking can read why:
closing at once would reset the connection, and the refusal be lost with it.
"""

from typing import Any

from gunicorn.asgi.parser import LimitRequestHeaders
from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver

# One header field may have what the Procfile says (64 KiB and its name), for Kerberos tickets and long cookies.
MOST_HEADER_BYTES = 128 * 1024
LINGER_SECONDS = 2.0


class RequestBody(BodyReceiver):  # type: ignore[misc] # gunicorn has no types
    """The body of a request as it comes; once the caller has said all, nothing more is waited for."""

    async def _wait_for_data(self) -> None:
        if not self.protocol.has_said_all:
            await super()._wait_for_data()

    async def _wait_for_disconnect(self) -> None:
        # A half-closed connection and one whose caller left look alike until something is sent. What has no
        # end, such as a stream of events, ends here; whatever has one is sent.
        if not self.protocol.has_said_all:
            await super()._wait_for_disconnect()


class Connection(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """One connection."""

    has_said_all = False  # the caller, who may still listen
    _closed: bool
    _is_reading = False
    _header_bytes = 0

    def eof_received(self) -> bool:
        """The caller says no more. True keeps the connection until what was asked for is answered."""
        self.has_said_all = True
        if self._closed or self._body_receiver is None:
            return False
        self._body_receiver._wake_waiter()
        return True

    def _setup_callback_parser(self) -> None:
        super()._setup_callback_parser()
        self._callback_parser._on_header = self._count_header

    @classmethod
    def _check_h1c_protocol_available(cls) -> bool:
        return False  # it tells of no single header, so these could not be counted

    def _count_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MOST_HEADER_BYTES:
            raise LimitRequestHeaders("The request header is too large")

    def _on_headers_complete(self) -> Any:
        self._header_bytes = 0
        skips_body = super()._on_headers_complete()
        self._body_receiver = RequestBody(self._current_request, self)
        return skips_body

    def _arm_keepalive_timer(self) -> None:
        if self.has_said_all:
            self._keepalive_timeout()
        else:
            super()._arm_keepalive_timer()

    def _feed_callback_parser(self, data: bytes) -> Any:
        if self._closed:
            return False
        self._is_reading = True
        try:
            return super()._feed_callback_parser(data)
        finally:
            self._is_reading = False

    def _close_transport(self) -> None:
        if self._closed or not self._is_still_talking():
            super()._close_transport()
            return
        self._closed = True
        self._resume_reading()
        self.transport.write_eof()
        self.worker.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _is_still_talking(self) -> bool:
        """Does the caller send what nobody reads: the rest of a wrong header, or of an unwanted body?"""
        if self.has_said_all or not self.transport.can_write_eof():
            return False
        body = self._body_receiver
        return self._is_reading or (body is not None and not body._complete)
