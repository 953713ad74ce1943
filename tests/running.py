"""The whole project as `manage.py up` runs it, for tests that look at it from outside."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import servers

ADMIN_PASSWORD = "Admin.pass1"
ANSWERS_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 30.0


class NotRunning(Exception):
    """The project did not start; the text is what it said."""


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

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(timeout=STOPS_WITHIN_SECONDS)


@contextmanager
def project(folder: Path, **environment: str) -> Iterator[RunningProject]:
    """Start the project with its data in `folder`, an account admin and no demo; stop it afterwards.

    DATABASE_URL and REDIS_URL of the environment are used when they are set.
    """
    port = servers.free_port()
    log = folder / "up.log"
    command = [sys.executable, str(servers.ROOT / "manage.py"), "up"]
    mine = {"DATA_DIR": str(folder), "PORT": str(port), "DEMO": "0"}
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
