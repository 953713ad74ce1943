"""A receiver of webhooks that behaves as badly as its paths say, as a process of its own.

`started()` starts one. Its ports say how it behaves before HTTP begins, the paths of `http` and `https`
(PATHS) how it does then, and GET /seen tells the webhook-id header and the post id of every delivery that a
path took, in the order they came: compare the sets of ids, never counts.
"""

import asyncio
import json
import socket
import struct
import subprocess
import sys
import urllib.request
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from tests import certificates

ROOT = Path(__file__).resolve().parents[2]
MIB = 1_048_576
HOSTS = [f"127.0.0.{number}" for number in range(1, 65)]
METADATA = "http://169.254.169.254/latest/meta-data/"
# Which certificates the TLS ports have; the last is one that nobody trusts.
NAMES = "DNS:receiver.test,IP:127.0.0.1"
CERTIFICATES: dict[str, dict[str, str]] = {
    "https": {"names": NAMES},
    "tls_expired": {"names": NAMES, "until": "20200201000000Z"},
    "tls_other_name": {"names": "DNS:another.test"},
    "tls_untrusted": {"names": NAMES},
}
SAYS_NOTHING, HANDSHAKE_FAILURE = b"", b"\x15\x03\x03\x00\x02\x02\x28"
# What the ports without TLS say where it is due, and then hang.
INSTEAD_OF_TLS = {
    "tls_hangs": SAYS_NOTHING,
    "tls_begins": b"\x16\x03\x03\x0f\xff\x02",
    "tls_alert": HANDSHAKE_FAILURE,
    "tls_is_http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
}


@dataclass(frozen=True)
class FaultReceiver:
    """A fault receiver that runs: its port for each behaviour, and the certificates that one may trust."""

    ports: dict[str, int]
    trusted: Path

    def url(self, path: str = "/", port: str = "http", host: str = "127.0.0.1") -> str:
        """The address of a path at one of its ports; `http` answers at all of HOSTS, as many receivers."""
        scheme = "https" if port.startswith(("https", "tls")) else "http"
        return f"{scheme}://{host}:{self.ports[port]}{path}"

    def seen(self) -> list[tuple[str, str]]:
        """The webhook-id and post id of every delivery that a path took, "" for one that it has not."""
        with urllib.request.urlopen(self.url("/seen"), timeout=30) as answer:
            return [(webhook, post) for webhook, post in json.load(answer)]


@contextmanager
def started(folder: Path) -> Iterator[FaultReceiver]:
    """A fault receiver that has its certificates in this folder, until the block ends."""
    made = [certificates.make(folder / name, **more) for name, more in CERTIFICATES.items()]
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(one.path.read_text() for one in made[:-1]))
    command = [sys.executable, "-m", "tests.faults.receiver", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            ports = json.loads(process.stdout.readline())
            yield FaultReceiver(ports, trusted)
        finally:
            process.kill()


@dataclass
class Call:
    """A request, the `number`th of its connection, and the way back to who made it."""

    number: int
    path: str
    headers: dict[str, str]
    body: bytes
    writer: asyncio.StreamWriter
    is_answered: bool = False

    async def send(self, content: bytes) -> None:
        if self.writer.is_closing():
            raise ConnectionResetError
        self.writer.write(content)
        await asyncio.sleep(0)  # or nobody hears that the other side has left
        await self.writer.drain()

    async def answer(self, body: bytes, *, status: int = 200, headers: str = "") -> None:
        head = f"HTTP/1.1 {status} As Told\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.is_answered = True
        await self.send(head.encode() + body)

    async def drip(self, start: bytes) -> None:
        """The start, then a byte a second."""
        await self.send(start)
        while True:
            await asyncio.sleep(1)
            await self.send(b"1")

    async def repeat(self, start: bytes, part: bytes, times: int) -> None:
        await self.send(start)
        for _ in range(times):
            await self.send(part)

    @property
    def word(self) -> str:
        """The second segment of the path."""
        return self.path.split("/")[2]

    @property
    def post_id(self) -> str:
        """Of the post that a delivery in either format reports."""
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            if "json" in self.headers.get("content-type", ""):
                return str(json.loads(self.body)["post_id"])
            return parse_qs(self.body.decode())["post_id"][0]
        return ""


JSON = "Content-Type: application/json\r\n"
ENDLESS = 1 << 30
Behaviour = Callable[[Call], Awaitable[None]]
seen: list[tuple[str, str]] = []
held: list[socket.socket] = []
never = asyncio.Event()


async def hang(*_: object) -> None:
    """Never go on."""
    await never.wait()


async def replies(call: Call) -> None:
    """A text that names the post, so that it is answered."""
    await call.answer(json.dumps({"text": f"heard: {call.post_id}"}).encode(), headers=JSON)


async def late(call: Call) -> None:
    """/late/1.5: well, after so many seconds."""
    await asyncio.sleep(float(call.word))
    await call.answer(b"{}", headers=JSON)


async def hangs_in_body(call: Call) -> None:
    """The headers and the first byte, and no more."""
    await call.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1")
    await hang()


async def closes_kept(call: Call) -> None:
    """Well at first; the connection ends when the next request has come on it."""
    if call.number == 1:
        await call.answer(b"{}")


async def half_kept(call: Call) -> None:
    """Well at first; the connection ends within the status line of its next answer."""
    await (call.answer(b"{}") if call.number == 1 else call.send(b"HTTP/1.1 2"))


async def resets(call: Call) -> None:
    """The connection is reset instead of answered."""
    to_reset = struct.pack("ii", 1, 0)
    call.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, to_reset)


async def gzip_bomb(call: Call) -> None:
    """A gigabyte of zeros, packed a thousandfold."""
    packer = zlib.compressobj(9, wbits=31)
    head, block = (
        packer.compress(bytes(16 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    await call.answer(head + 62 * block, headers="Content-Encoding: gzip\r\n")


def says(answer: str) -> Behaviour:
    """These bytes, and an end."""
    return lambda call: call.send(answer.encode("latin-1"))


PATHS: dict[str, Behaviour] = {
    "seen": lambda call: call.answer(json.dumps(seen).encode(), headers=JSON),
    # Well
    "well": lambda call: call.answer(b"{}", headers=JSON),
    "replies": replies,
    "large": lambda call: call.answer(b"1" * MIB),
    "late": late,
    "status": lambda call: call.answer(b"{}", status=int(call.word)),
    # Too slow
    "hangs": hang,
    "hangs_in_body": hangs_in_body,
    "drips_headers": lambda call: call.drip(b"HTTP/1.1 200 OK\r\nX-Long: "),
    "drips_body": lambda call: call.drip(b"HTTP/1.1 200 OK\r\n\r\n"),
    "drips_chunk": lambda call: call.drip(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9;"
    ),
    # Too much
    "endless_body": lambda call: call.repeat(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % ENDLESS, bytes(MIB), 1024
    ),
    "endless_chunks": lambda call: call.repeat(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n" * 10_000, ENDLESS
    ),
    "endless_chunk_size": lambda call: call.repeat(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"1" * MIB, ENDLESS
    ),
    "gzip_bomb": gzip_bomb,
    "many_headers": lambda call: call.repeat(b"HTTP/1.1 200 OK\r\n", b"X-One: 1\r\n", 100_000),
    "large_headers": lambda call: call.repeat(
        b"HTTP/1.1 200 OK\r\n", b"X-One: " + b"1" * 60_000 + b"\r\n", 90
    ),
    "endless_header": lambda call: call.repeat(b"HTTP/1.1 200 OK\r\nX: ", b"1" * MIB, ENDLESS),
    "interim_for_ever": lambda call: call.repeat(b"", b"HTTP/1.1 100 Go\r\n\r\n", ENDLESS),
    "hints_for_ever": lambda call: call.repeat(b"", b"HTTP/1.1 103 Go\r\n\r\n", ENDLESS),
    # Elsewhere
    "redirects_to_itself": lambda call: call.answer(
        b"", status=307, headers=f"Location: {call.path}\r\n"
    ),
    "redirects_to_metadata": lambda call: call.answer(
        b"", status=302, headers=f"Location: {METADATA}\r\n"
    ),
    # Wrong
    "closes": says(""),
    "resets": resets,
    "closes_kept": closes_kept,
    "half_kept": half_kept,
    "ends_in_headers": says("HTTP/1.1 200 OK\r\nContent-Le"),
    "ends_in_body": says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123"),
    "no_http": says("220 mail.example.com ESMTP\r\n"),
    "no_status": says("HTTP/1.1 fine\r\n\r\n"),
    "http_9": says("HTTP/9.1 200 OK\r\n\r\n"),
    "bad_chunk": says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "bad_gzip": says("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, which is kept for as long as its requests are answered."""
    with suppress(OSError, asyncio.IncompleteReadError, ValueError, LookupError):
        number = 0
        while True:
            call = await read(reader, writer, number := number + 1)
            name = call.path.split("/")[1]
            if name != "seen":
                seen.append((call.headers.get("webhook-id", ""), call.post_id))
            await PATHS[name](call)
            if not call.is_answered:
                break
    writer.close()


async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> Call:
    """The next request of a connection; IncompleteReadError at its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Call(number, first.split()[1].partition("?")[0], headers, body, writer)


def instead_of_tls(says: bytes) -> Callable[..., Awaitable[None]]:
    """A connection that says so, whatever it hears, and then nothing until the other side leaves."""

    async def serve_so(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read(1)
            writer.write(says)
            while await reader.read(MIB):
                pass
        writer.close()

    return serve_so


def a_port() -> socket.socket:
    """One that is taken, and refuses as long as nobody listens."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken


def full() -> socket.socket:
    """A port whose queue is full for ever: to connect takes as long as one has patience."""
    listener = a_port()
    listener.listen(0)
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
        held.append(waiting)
    return listener


async def main(folder: Path) -> None:
    """Serve until killed; the ports are the first line that is said."""
    ports = {name: a_port() for name in ("http", *CERTIFICATES, *INSTEAD_OF_TLS)}
    for name, port in ports.items():
        if name in INSTEAD_OF_TLS:
            await asyncio.start_server(instead_of_tls(INSTEAD_OF_TLS[name]), sock=port)
            continue
        tls = certificates.of(folder / name).server_context() if name in CERTIFICATES else None
        await asyncio.start_server(serve, sock=port, ssl=tls)
    await asyncio.start_server(serve, HOSTS[1:], ports["http"].getsockname()[1])
    ports |= {"refuses": a_port(), "never_accepts": full()}
    numbers = {name: port.getsockname()[1] for name, port in ports.items()}
    sys.stdout.write(f"{json.dumps(numbers)}\n")
    sys.stdout.flush()
    await hang()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
