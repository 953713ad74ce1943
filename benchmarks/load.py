"""A load generator: clients that send one request after the other over a connection of their own.

wrk where it is installed, since it takes less of the processors that the server needs; else one of our own.
"""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_WRK_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Request:
    """What every client sends, again and again."""

    url: str
    method: str = "POST"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What came of a run: requests a second, and how long the slowest of a hundred took (ms)."""

    per_second: float
    p50_ms: float
    p99_ms: float


def run(request: Request, *, clients: int, seconds: float) -> Load:
    """Send the request from so many clients for so long. Anything but a 2xx is an error."""
    if shutil.which("wrk"):
        return _run_wrk(request, clients, max(1, round(seconds)))
    return asyncio.run(_run(request, clients, seconds))


def run_regardless(request: Request, *, clients: int, seconds: float) -> None:
    """Send the request likewise, whatever is answered: a load beside the one that is measured."""
    if shutil.which("wrk"):
        _wrk(request, clients, max(1, round(seconds)))
    else:
        asyncio.run(_run(request, clients, seconds, any_status=True))


def once(request: Request) -> None:
    """Send the request a single time, whatever is answered, and wait for the answer."""
    sent = urllib.request.Request(
        request.url, request.body or None, {**request.headers}, method=request.method
    )
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(sent).close()


# --- wrk ----------------------------------------------------------------------------------------------


def _run_wrk(request: Request, clients: int, seconds: int) -> Load:
    printed = _wrk(request, clients, seconds)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: .*", printed)
    if refused:
        raise RuntimeError(f"the server did not answer everything with a 2xx: {refused[0]}")
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    assert per_second, printed
    return Load(float(per_second[1]), _latency(printed, 50), _latency(printed, 99))


def _wrk(request: Request, clients: int, seconds: int) -> str:
    headers = {"Content-Type": "application/json", **request.headers}
    lines = [
        f"wrk.method = {_lua(request.method)}",
        f"wrk.body = {_lua(request.body.decode())}",
        *(f"wrk.headers[ {_lua(name)} ] = {_lua(value)}" for name, value in headers.items()),
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("\n".join(lines))
        script.flush()
        command = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{seconds}s",
            "--timeout",
            "60s",
            "--latency",
            "-s",
            script.name,
        ]
        done = subprocess.run([*command, request.url], check=True, capture_output=True, text=True)
    return done.stdout


def _latency(printed: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", printed, re.MULTILINE)
    assert found, printed
    return float(found[1]) * _WRK_UNITS[found[2]]


def _lua(text: str) -> str:
    for level in range(100):
        mark = "=" * level
        if f"]{mark}]" not in text:
            return f"[{mark}[{text}]{mark}]"
    raise ValueError(text)


# --- Our own ------------------------------------------------------------------------------------------


async def _run(request: Request, clients: int, seconds: float, *, any_status: bool = False) -> Load:
    parts = urlsplit(request.url)
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(request.body)),
        **request.headers,
    }
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    sent = f"{request.method} {target} HTTP/1.1\r\n{head}\r\n".encode() + request.body
    began = time.perf_counter()
    running = [
        _client(
            str(parts.hostname), int(parts.port or 80), sent, began + seconds, any_status=any_status
        )
        for _ in range(clients)
    ]
    durations = sorted(one for client in await asyncio.gather(*running) for one in client)
    elapsed = time.perf_counter() - began
    return Load(
        len(durations) / elapsed,
        durations[len(durations) // 2] * 1000,
        durations[int(len(durations) * 0.99)] * 1000,
    )


async def _client(
    host: str, port: int, request: bytes, until: float, *, any_status: bool
) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    durations = []
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not any_status and not head.startswith(b"HTTP/1.1 2"):
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
