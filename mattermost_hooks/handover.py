"""Passes open connections from one process to others, through a socket that they all inherited."""

import socket

# asyncio reads up to 256 KiB at once; what was read goes along with the connection.
MOST_SAID_BYTES = 300 * 1024


class Handover:
    """A way from any process that holds it to any other; made before the processes part.

    Whichever process takes first has the connection. Nothing here ever waits.
    """

    def __init__(self) -> None:
        self._in, self._out = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_SAID_BYTES)
        for end in (self._in, self._out):
            end.settimeout(0)

    def fileno(self) -> int:
        """Readable while there is a connection to take."""
        return self._in.fileno()

    def give(self, connection: int, said: bytes) -> bool:
        """Pass on an open connection (its file descriptor) with what was read from it.

        False when that is more than fits: it is still ours alone then. Otherwise ours is to be closed.
        """
        try:
            socket.send_fds(self._out, [said], [connection])
        except OSError:
            return False
        return True

    def take(self) -> tuple[socket.socket, bytes] | None:
        """The next connection and what it has said; None when another process was quicker."""
        try:
            said, descriptors, _, _ = socket.recv_fds(self._in, MOST_SAID_BYTES, 1)
        except BlockingIOError:
            return None
        connection = socket.socket(fileno=descriptors[0])
        connection.settimeout(0)
        return connection, said
