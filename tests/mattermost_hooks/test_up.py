"""`manage.py up` seen from outside: started, disturbed and stopped like an operator does."""

import json
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

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
        for name in ("hooks worker", "valkey"):
            project.kill(name)
        for name in ("hooks worker", "valkey"):
            assert project.program(name)
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


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "80x"}, "PORT must be a number from 1 to 65535, not '80x'"),
        ({"PORT": "0"}, "PORT must be a number"),
        ({"PORT": "65536"}, "PORT must be a number"),
        ({"BIND": "no such host"}, "BIND must be an address of this machine"),
        ({"BIND": "203.0.113.7"}, "BIND must be an address of this machine"),
        ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR must be a folder that can be written to"),
        ({"DATA_DIR": "/proc"}, "DATA_DIR must be a folder that can be written to"),
        ({"WEB_CONCURRENCY": "many"}, "WEB_CONCURRENCY must be a whole number, not 'many'"),
        ({"DATABASE_POOL": "few"}, "DATABASE_POOL must be a whole number, not 'few'"),
        ({"DEMO": "maybe"}, "DEMO must be 1 or 0, not 'maybe'"),
        ({"DATABASE_URL": "mine"}, "DATABASE_URL must be an address"),
    ],
)
def test_what_cannot_be_is_refused_at_once_in_one_sentence(
    folder: Path, environment: dict[str, str], sentence: str
) -> None:
    with running.project(folder, **environment) as project:
        assert project.process.wait(timeout=30) == 1
        said = project.log.read_text()
    assert sentence in said
    assert len(said.splitlines()) == 1


def test_taken_port_is_refused_by_name(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with running.project(folder, PORT=str(port)) as project:
            assert project.process.wait(timeout=30) == 1
            said = project.log.read_text()
        assert f"Cannot listen on 127.0.0.1:{port}: another program does" in said
        assert "set PORT to a free port" in said


def test_second_run_at_the_same_port_hears_of_the_first_run(folder: Path) -> None:
    with running.project(folder) as first:
        first.wait_until_up()
        port = first.url.rpartition(":")[2]
        with running.project(folder, PORT=port) as second:
            assert second.process.wait(timeout=30) == 1
            assert f"Another run (process {first.process.pid})" in second.log.read_text()


def test_demos_bot_goes_elsewhere_when_its_port_is_taken_and_its_hook_follows(folder: Path) -> None:
    with running.project(folder, DEMO="1") as first:
        first.wait_until_up()
        port = bots_port(folder)
        assert first.stop() == 0
    with (
        socket.create_server(("127.0.0.1", port)),
        running.project(folder, DEMO="1") as second,
    ):
        second.wait_until_up()
        assert bots_port(folder) != port
        hook_url = f"http://127.0.0.1:{bots_port(folder)}/"
        running.wait_for(lambda: answers(hook_url))
        assert second.stop() == 0


def test_demos_bot_that_fails_takes_nothing_with_it(folder: Path) -> None:
    with running.project(folder, DEMO="1") as project:
        project.wait_until_up()
        for _ in range(2):
            project.kill("build_bot")
        running.wait_for(lambda: "it is started again in 2 s" in project.log.read_text())
        project.sign_in()
        assert project.stop() == 0


def test_nothing_stands_in_the_output_that_a_new_user_cannot_act_on(folder: Path) -> None:
    with running.project(folder, DEMO="1") as project:
        project.wait_until_up()
        running.wait_for(lambda: "Ctrl-C stops it" in project.log.read_text())
        running.wait_for(lambda: '"POST /demo-build-bot' in project.log.read_text())
        assert project.stop() == 0
        said = project.log.read_text()
    assert [line for line in said.splitlines() if "warning" in line.lower()] == []


def bots_port(folder: Path) -> int:
    """Where the demo's outgoing webhook calls."""
    with closing(sqlite3.connect(folder / "mattermost_hooks.sqlite3")) as database:
        ((urls,),) = database.execute("SELECT callback_urls FROM integrations_outgoingwebhook")
    port: int | None = urlsplit(json.loads(urls)[0]).port
    assert port
    return port


def answers(url: str) -> bool:
    """Does a program answer there, if only with a refusal?"""
    try:
        return requests.post(url, timeout=5).status_code == 401
    except requests.ConnectionError:
        return False


def test_password_against_the_rules_is_refused_by_name(folder: Path) -> None:
    with running.project(folder, ADMIN_PASSWORD="short") as project:
        assert project.process.wait(timeout=30) == 1
        assert "password" in project.log.read_text().lower()
