"""What every test has around it: first the servers, then the world."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, cast

import pytest
import redis
from django.conf import settings
from django.test import Client
from hypothesis import settings as hypothesis
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.passwords import guesses
from accounts.people.models import User
from integrations.incoming import call_log
from integrations.incoming.models import IncomingWebhook
from integrations.incoming.notebook import Notebook
from mattermost_hooks import process_cache, redis_link
from mattermost_hooks.console.config import SUBJECT, save_config
from mattermost_hooks.endpoints.openapi import Operation
from tests import growth, make, servers

# The same examples in each run, so that a change fails by itself alone; THOROUGH=1 looks for new ones.
hypothesis.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.register_profile("thorough", max_examples=20_000, deadline=None)
hypothesis.load_profile("thorough" if growth.THOROUGH else "fixed")

# --- The servers --------------------------------------------------------------------------------------
# One Valkey and one data folder for each test process, so that nothing reaches a server in use here.
# DATABASE_URL and REDIS_URL are respected: `make test` runs the tests marked `servers` with both.

_running = ExitStack()


def pytest_configure() -> None:
    """Start the servers and tell the settings, which pytest-django has read already."""
    folder = _running.enter_context(servers.temporary_folder())
    settings.DATA_DIR = folder
    settings.STATIC_ROOT = folder / "static"  # empty: static files are served as they are
    settings.STATIC_ROOT.mkdir()
    # Passwords are hashed slowly on purpose, which tests need not wait for.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not os.environ.get("REDIS_URL"):
        settings.REDIS_URL = _running.enter_context(servers.valkey(folder))
        settings.CELERY_BROKER_URL = f"redis+socket://{folder / 'valkey.sock'}?virtual_host=1"
        redis_link.connection = redis.Redis.from_url(settings.REDIS_URL, decode_responses=True)
    if not os.environ.get("DATABASE_URL"):
        # A file as in production: an in-memory database locks in another way.
        test = cast("dict[str, str]", settings.DATABASES["default"].setdefault("TEST", {}))
        test["NAME"] = str(folder / "test.sqlite3")


def pytest_unconfigure() -> None:
    """Stop what pytest_configure started."""
    _running.close()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """No test sees rows that the process remembers from the test before."""
    redis_link._ask_again_at, redis_link._is_away = 0.0, False
    process_cache.forget_now(process_cache.EVERYTHING)
    process_cache.refresh()
    guesses._kept_here.clear()
    if counted := cast("list[str]", redis_link.connection.keys(f"{guesses.PREFIX}*")):
        redis_link.connection.delete(*counted)


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines about calls are written when a test says so: a thread would see nothing of its transaction."""
    notebook = Notebook(call_log._write)
    monkeypatch.setattr(notebook, "_ensure_thread", lambda: None)
    monkeypatch.setattr(call_log, "_notebook", notebook)
    monkeypatch.setattr(call_log, "_since_cut", {})


@pytest.fixture(autouse=True)
def _every_refusal_is_declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever endpoints refuse with in a test stands above their methods, and so in docs/openapi.json."""
    undeclared: list[str] = []
    answer = APIView.handle_exception

    def look(view: APIView, error: Exception) -> Response:
        response = answer(view, error)
        told = Operation("", str(view.request.method).lower(), type(view), has_ids=True)
        is_known = {(one.id, one.status) for one in told.refusals}
        said = response.data["id"], response.status_code
        if told.endpoint and said not in is_known and not _can_come_anywhere(response.status_code):
            undeclared.append(f"{view.request.method} {view.request.path} answered {said}")
        return response

    monkeypatch.setattr(APIView, "handle_exception", look)
    yield
    assert undeclared == [], "name it in @serves(raises=…)"


def _can_come_anywhere(status: int) -> bool:
    return status == 405 or (status >= 500 and status != 501)


# --- The world ----------------------------------------------------------------------------------------


class Api:
    """REST v4 as one account sees it; None is a visitor. Bodies are JSON."""

    def __init__(self, actor: User | None = None) -> None:
        headers = {"Authorization": f"Bearer {make.session(actor).token}"} if actor else {}
        self.client = Client(headers=headers)

    def get(self, path: str, **query: str) -> Any:
        """GET /api/v4{path}."""
        return self.client.get(f"/api/v4{path}", query)

    def post(self, path: str, body: object = None) -> Any:
        """POST /api/v4{path}."""
        return self.client.post(f"/api/v4{path}", body, content_type="application/json")

    def put(self, path: str, body: object = None) -> Any:
        """PUT /api/v4{path}."""
        return self.client.put(f"/api/v4{path}", body, content_type="application/json")

    def delete(self, path: str) -> Any:
        """DELETE /api/v4{path}."""
        return self.client.delete(f"/api/v4{path}")


@pytest.fixture
def api() -> type[Api]:
    """`api(alice).post("/posts", {...})`: requests of an account."""
    return Api


@pytest.fixture
def console(db: None) -> Callable[..., None]:
    """`console(ServiceSettings__MaxPostSize=4000)`: the administrator changes settings."""

    def change(**settings_: object) -> None:
        changes: dict[str, dict[str, object]] = {}
        for path, value in settings_.items():
            section, name = path.split("__")
            changes.setdefault(section, {})[name] = value
        save_config(changes)
        process_cache.forget_now(SUBJECT)

    return change


@pytest.fixture
def call_hook() -> Callable[..., Any]:
    """`call_hook(hook, text="hi")`: an external program posts JSON to a hook's URL."""

    def call(hook: IncomingWebhook, **payload: object) -> Any:
        return Client().post(f"/hooks/{hook.id}", payload, content_type="application/json")

    return call
