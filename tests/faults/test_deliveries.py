"""Deliveries while PostgreSQL goes away and comes back: the worker needs nobody to help it up again."""

from collections.abc import Iterator
from functools import partial

import pytest
from pytest_httpserver import HTTPServer

from tests import running, servers
from tests.faults.watched import Receiver, WatchedChannel

pytestmark = pytest.mark.servers

ALLOWED = "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS"


@pytest.fixture
def database() -> Iterator[servers.PostgreSQL]:
    with servers.temporary_folder() as cluster:
        server = servers.PostgreSQL(cluster)
        server.start()
        yield server
        server.stop()


def test_deliveries_go_on_by_themselves_when_the_database_is_back(
    database: servers.PostgreSQL, httpserver: HTTPServer
) -> None:
    environment = {"DATABASE_URL": database.url, "REDIS_URL": "", ALLOWED: "127.0.0.1 localhost"}
    with (
        servers.temporary_folder() as folder,
        running.project(folder, **environment) as project,
    ):
        project.wait_until_up()
        bot = Receiver(httpserver)
        channel = WatchedChannel(project.sign_in(), bot)
        channel.write("before")
        running.wait_for(partial(channel.is_answered, "before"))
        for number in range(3):
            database.stop()
            running.wait_for(lambda: "could be claimed" in project.log.read_text())
            database.start()
            running.wait_for(lambda: _is_back(project))
            channel.write(f"after {number}")
            running.wait_for(partial(channel.is_answered, f"after {number}"))
    assert sorted(bot.heard) == ["after 0", "after 1", "after 2", "before"]


def _is_back(project: running.RunningProject) -> bool:
    """Does the project answer what needs the database?"""
    try:
        project.sign_in()
    except OSError:
        return False
    return True
