"""A load generator: clients that send one request after the other over a connection of their own."""

import asyncio
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Load:
    """What came of a run: requests a second, and how long the slowest of a hundred took (ms)."""

    per_second: float
    p50_ms: float
    p99_ms: float


def run(url: str, body: bytes, *, clients: int, seconds: float) -> Load:
    """Send `body` to `url` from so many clients for so long. Anything but a 200 is an error."""
    return asyncio.run(_run(url, body, clients, seconds))


async def _run(url: str, body: bytes, clients: int, seconds: float) -> Load:
    parts = urlsplit(url)
    request = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    began = time.perf_counter()
    sent = [
        _client(str(parts.hostname), int(parts.port or 80), request, began + seconds)
        for _ in range(clients)
    ]
    durations = sorted(one for client in await asyncio.gather(*sent) for one in client)
    elapsed = time.perf_counter() - began
    return Load(
        len(durations) / elapsed,
        durations[len(durations) // 2] * 1000,
        durations[int(len(durations) * 0.99)] * 1000,
    )


async def _client(host: str, port: int, request: bytes, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    durations = []
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"the server answered {head[:200]!r}")
        await reader.readexactly(_content_length(head))
        durations.append(time.perf_counter() - began)
    writer.close()
    return durations


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise RuntimeError("an answer without Content-Length")
