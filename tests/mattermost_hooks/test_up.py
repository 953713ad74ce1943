"""`manage.py up` seen from outside: started, disturbed and stopped like an operator does."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mattermost_hooks import embedded_valkey
from tests import running, servers


@pytest.fixture
def folder() -> Iterator[Path]:
    with servers.temporary_folder() as path:
        yield path


@pytest.fixture(autouse=True)
def _embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def test_up_serves_until_ctrl_c_and_leaves_nothing_behind(folder: Path) -> None:
    with running.project(folder) as project:
        project.wait_until_up()
        started = running.children(project.process.pid)
        assert project.stop(by=signal.SIGINT) == 0
    assert [
        name for name in ("gunicorn", "worker", "beat", "valkey") if name not in str(started)
    ] == []
    assert not any(Path(f"/proc/{number}").exists() for number in started)


def test_up_says_where_it_is_and_who_may_sign_in(folder: Path) -> None:
    with running.project(folder) as project:
        project.wait_until_up()
        running.wait_for(lambda: "Mattermost Hooks is up" in project.log.read_text())
        said = project.log.read_text()
    assert f"is up: {project.url}" in said
    assert "admin" in said
    assert running.ADMIN_PASSWORD not in said


def test_killed_worker_and_broker_come_back(folder: Path) -> None:
    with running.project(folder) as project:
        project.wait_until_up()
        killed = {name: project.program(name) for name in ("hooks worker", "valkey")}
        for number in killed.values():
            os.kill(number, signal.SIGKILL)
        running.wait_for(lambda: project.program("hooks worker") not in (0, killed["hooks worker"]))
        running.wait_for(lambda: project.program("valkey") not in (0, killed["valkey"]))
        url = embedded_valkey.socket_url(folder / embedded_valkey.SOCKET_NAME)
        embedded_valkey.wait_until_ready(url, is_running=lambda: True)
        assert project.stop() == 0
        assert "worker was ended by SIGKILL: it is started again" in project.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="processes end with their parent on Linux only")
def test_killed_run_leaves_nothing_that_hinders_the_next(folder: Path) -> None:
    with running.project(folder) as first:
        first.wait_until_up()
        orphans = running.children(first.process.pid)
        first.stop(by=signal.SIGKILL)
        running.wait_for(lambda: not any(Path(f"/proc/{number}").exists() for number in orphans))
    with running.project(folder) as second:
        second.wait_until_up()
        assert second.stop() == 0


def test_second_run_in_the_same_folder_is_refused(folder: Path) -> None:
    with running.project(folder) as first:
        first.wait_until_up()
        with running.project(folder) as second:
            assert second.process.wait(timeout=30) == 1
            said = second.log.read_text()
        assert f"Another run (process {first.process.pid})" in said


def test_port_that_is_no_number_is_refused(folder: Path) -> None:
    with running.project(folder, PORT="80x") as project:
        assert project.process.wait(timeout=30) == 1
        assert "PORT must be a number" in project.log.read_text()


def test_taken_port_is_refused_by_name(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running.project(folder, PORT=str(port)) as project:
            assert project.process.wait(timeout=30) == 1
            assert f"Cannot listen on 127.0.0.1:{port}" in project.log.read_text()


def test_password_against_the_rules_is_refused_by_name(folder: Path) -> None:
    with running.project(folder, ADMIN_PASSWORD="short") as project:
        assert project.process.wait(timeout=30) == 1
        assert "password" in project.log.read_text().lower()
