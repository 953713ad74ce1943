"""The embedded Valkey, started for real."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from mattermost_hooks import embedded_valkey
from tests import servers


@pytest.fixture
def folder() -> Iterator[Path]:
    with servers.temporary_folder() as path:
        yield path


def test_only_its_owner_may_read_configuration_and_socket(folder: Path) -> None:
    with servers.valkey(folder):
        modes = [(folder / name).stat().st_mode & 0o077 for name in ("valkey.conf", "valkey.sock")]
    assert modes == [0, 0]


def test_messages_outlive_the_server(folder: Path) -> None:
    with servers.valkey(folder) as url, redis.Redis.from_url(url) as connection:
        connection.set("kept", "yes")
    with servers.valkey(folder) as url, redis.Redis.from_url(url) as connection:
        assert connection.get("kept") == b"yes"


def test_socket_of_a_killed_run_does_no_harm(folder: Path) -> None:
    server = embedded_valkey.set_up(folder)
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    embedded_valkey.wait_until_ready(server.url, is_running=lambda: process.poll() is None)
    process.kill()
    process.wait()
    assert (folder / embedded_valkey.SOCKET_NAME).exists()
    with servers.valkey(folder) as url, redis.Redis.from_url(url) as connection:
        assert connection.ping()


def test_server_that_a_killed_run_left_behind_is_ended(folder: Path) -> None:
    server = embedded_valkey.set_up(folder)
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    embedded_valkey.wait_until_ready(server.url, is_running=lambda: process.poll() is None)
    assert embedded_valkey.stop_leftover(server.url)
    assert process.wait(timeout=10) == 0
    assert not embedded_valkey.stop_leftover(server.url)


def test_folder_with_a_long_name_gets_a_broker_behind_a_password(folder: Path) -> None:
    deep = folder / ("x" * 100)
    deep.mkdir()
    server = embedded_valkey.set_up(deep)
    process = subprocess.Popen(server.command, stdout=subprocess.DEVNULL)
    try:
        embedded_valkey.wait_until_ready(server.url, is_running=lambda: process.poll() is None)
        port = server.url.rpartition(":")[2].partition("/")[0]
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=int(port)).ping()
    finally:
        process.terminate()
        process.wait()


def test_server_that_ends_while_it_starts_is_noticed(folder: Path) -> None:
    with pytest.raises(embedded_valkey.ValkeyError, match="ended while it started"):
        embedded_valkey.wait_until_ready(
            embedded_valkey.socket_url(folder / "no.sock"), is_running=lambda: False
        )


def test_machine_without_a_program_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_valkey, "_packaged_program", lambda: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(embedded_valkey.ValkeyError, match="REDIS_URL"):
        embedded_valkey.find_program()
