"""The whole project as `manage.py up` runs it, for tests that look at it from outside."""

import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
import requests
from psycopg import sql

from tests import servers

ADMIN_PASSWORD = "Admin.pass1"
ANSWERS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 30.0
HAPPENS_WITHIN_SECONDS = 20.0
ANSWER_SECONDS = 20.0  # for a request of a test


class NotRunning(Exception):
    """The project did not start; the text is what it said."""


@dataclass(frozen=True)
class Person:
    """An account that is signed in and speaks REST."""

    url: str
    token: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What the server answers to /api/v4{path}; HTTPError when it refuses."""
        answer = requests.request(
            method,
            f"{self.url}/api/v4{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=ANSWER_SECONDS,
        )
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True)
class RunningProject:
    """A started `manage.py up`, the address of its web process and the file with all it said."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def wait_until_up(self) -> None:
        """Return when the web process answers; NotRunning when it does not within a minute."""
        deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/api/v4/system/ping", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise NotRunning(self.log.read_text())

    def sign_in(self, username: str = "admin", password: str = ADMIN_PASSWORD) -> Person:
        """An account of this server over REST, the administrator unless told."""
        answer = requests.post(
            f"{self.url}/api/v4/users/login",
            json={"login_id": username, "password": password},
            timeout=ANSWER_SECONDS,
        )
        answer.raise_for_status()
        return Person(self.url, answer.headers["Token"])

    def program(self, named: str) -> int:
        """The process id of the program whose command line holds these words, as soon as it runs.

        Never 0: a signal to 0 reaches everything that runs the tests.
        """
        found: list[int] = []

        def runs() -> bool:
            found[:] = [one for one, line in children(self.process.pid).items() if named in line]
            return bool(found)

        wait_for(runs)
        return found[0]

    def kill(self, named: str) -> None:
        """End that program by SIGKILL; return when it is gone."""
        killed = self.program(named)
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: killed not in children(self.process.pid))

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(timeout=STOPS_WITHIN_SECONDS)


@contextmanager
def project(folder: Path, **environment: str) -> Iterator[RunningProject]:
    """Start the project with its data in `folder`, an account admin and no demo; stop it afterwards.

    The servers of DATABASE_URL and REDIS_URL are used when they are set; in PostgreSQL the project has a
    database of its own.
    """
    with _own_database() as database, _started(folder, database | environment) as running:
        yield running


@contextmanager
def web_process(
    folder: Path, *, open_files: int | None = None, **environment: str
) -> Iterator[tuple[str, Path]]:
    """The web process alone, as a process manager starts it; its address and the file with all it said.

    `open_files` is the system's limit for it, not only the one that it may raise.
    """
    port = servers.free_port()
    log = folder / "web.log"
    lines = (servers.ROOT / "Procfile").read_text().splitlines()
    line = next(line.removeprefix("web: ") for line in lines if line.startswith("web: "))
    limit = f"ulimit -n {open_files}; " if open_files else ""
    mine = {"DATA_DIR": str(folder), "PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", f"{limit}exec {Path(sys.executable).parent}/{line}"],
            cwd=servers.ROOT,
            env={**os.environ, **mine, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield f"http://127.0.0.1:{port}", log
    finally:
        process.terminate()
        process.wait(STOPS_WITHIN_SECONDS)


def children(of: int) -> dict[int, str]:
    """Process id → command line of the processes that a process started (Linux)."""
    found = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            command = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has just ended
        if parent == of:
            found[int(directory.name)] = command
    return found


def wait_for(what: Callable[[], object], seconds: float = HAPPENS_WITHIN_SECONDS) -> None:
    """Return as soon as it is so; an AssertionError when that takes too long."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def _own_database() -> Iterator[dict[str, str]]:
    """The DATABASE_URL of an empty database, gone afterwards; nothing where SQLite does."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield {}
        return
    name = f"project_{secrets.token_hex(8)}"
    _execute(server, "CREATE DATABASE {}", name)
    try:
        yield {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}
    finally:
        _execute(server, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(server: str, statement: LiteralString, database: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database)))


@contextmanager
def _started(folder: Path, environment: dict[str, str]) -> Iterator[RunningProject]:
    port = servers.free_port()
    log = folder / "up.log"
    command = [sys.executable, str(servers.ROOT / "manage.py"), "up"]
    mine = {"DATA_DIR": str(folder), "PORT": str(port), "DEMO": "0"}
    mine |= {"STATIC_DIR": str(servers.STATIC_DIR)}
    mine |= {"ADMIN_USERNAME": "admin", "ADMIN_PASSWORD": ADMIN_PASSWORD}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **mine, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = RunningProject(process, f"http://127.0.0.1:{port}", log)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.stop()
