"""A server on 127.0.0.1 for tests to send to: it answers well, slowly, endlessly or wrongly, as told."""

import re
import socket
import ssl
import threading
from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
Answer = bytes | Callable[[socket.socket], None]


class Receiver:
    """A server on 127.0.0.1 that gives every request the same answer and remembers the requests."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.tls = tls
        self.requests: list[bytes] = []
        self.connections = 0
        self.is_closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening and end what answers are under way."""
        self.is_closing.set()
        self._listener.close()

    def drip(self, connection: socket.socket, start: bytes) -> None:
        """Send the start, then a byte every 50 ms for as long as somebody takes them."""
        connection.sendall(start)
        while not self.is_closing.wait(0.05):
            connection.sendall(b"1")

    def _accept(self) -> None:
        while not self.is_closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                while request := _read_request(connection):
                    self.requests.append(request)
                    if not isinstance(self.answer, bytes):
                        self.answer(connection)
                        return
                    connection.sendall(self.answer)
        except OSError:
            return  # the client left, which is what many of these tests are about


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        if not (part := connection.recv(65536)):
            return b""
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    stated = re.search(rb"(?i)content-length: (\d+)", head)
    length = int(stated[1]) if stated else 0
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
