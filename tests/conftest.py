"""What every test has around it: first the servers, then the world."""

import os
from contextlib import ExitStack

import pytest
import redis
from django.conf import settings

from mattermost_hooks import process_cache
from mattermost_hooks.records import new_id
from tests import servers

# --- The servers --------------------------------------------------------------------------------------
# One Valkey and one data folder for each test process, so that nothing reaches a server in use here.
# DATABASE_URL and REDIS_URL are respected: `make test` runs the tests marked `servers` with both.

_running = ExitStack()


def pytest_configure() -> None:
    """Start the servers and tell the settings, which pytest-django has read already."""
    folder = _running.enter_context(servers.temporary_folder())
    settings.DATA_DIR = folder
    if not os.environ.get("REDIS_URL"):
        settings.REDIS_URL = _running.enter_context(servers.valkey(folder))
        settings.CELERY_BROKER_URL = f"redis+socket://{folder / 'valkey.sock'}?virtual_host=1"
        process_cache.connection = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    if not os.environ.get("DATABASE_URL"):
        # A file as in production: an in-memory database locks in another way.
        test = settings.DATABASES["default"].setdefault("TEST", {})
        test["NAME"] = str(folder / "test.sqlite3")


def pytest_unconfigure() -> None:
    """Stop what pytest_configure started."""
    _running.close()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """No test sees rows that the process remembers from the test before."""
    process_cache.connection.set(process_cache.GENERATION_KEY, new_id())
    process_cache.refresh()


# --- The world ----------------------------------------------------------------------------------------
