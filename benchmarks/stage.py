"""What a benchmark needs around it: a PostgreSQL and a Redis of its own, and two web processes."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests import servers


def environment(stack: ExitStack, folder: Path) -> dict[str, str]:
    """The variables of an installation whose servers run for as long as the stack is open.

    PostgreSQL is that of DATABASE_URL, else one of its own with fsync on.
    """
    database = os.environ.get("DATABASE_URL")
    if not database:
        cluster = stack.enter_context(servers.temporary_folder())
        database = stack.enter_context(servers.postgresql(cluster, fsync=True))
    return {
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": database,
        "REDIS_URL": stack.enter_context(servers.redis_on_a_port(folder)),
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "MM_SERVICESETTINGS_ENABLEPOSTUSERNAMEOVERRIDE": "true",
        "MM_SERVICESETTINGS_ENABLEPOSTICONOVERRIDE": "true",
        "LOG_LEVEL": "WARNING",
        "WEB_THREADS": os.environ.get("WEB_THREADS", "4"),
    }


def set_up(variables: dict[str, str]) -> None:
    """Make this process speak with the same servers, and make their tables."""
    os.environ.update(variables)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def execute(sql: str) -> None:
    """Have the database do something."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


def show_statements(
    name: str,
    path: str,
    *,
    body: str = "",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> None:
    """Print the SQL of one warm call, made in this process."""
    from django.db import connections
    from django.test import Client

    statements: list[str] = []

    def note(execute: Any, sql: str, *more: Any) -> Any:
        statements.append(sql)
        return execute(sql, *more)

    client = Client(headers=dict(headers or {}))
    for _ in range(2):
        statements.clear()
        with connections["default"].execute_wrapper(note):
            answer = client.generic(method, path, body, content_type="application/json")
        if answer.status_code not in (200, 201):
            raise RuntimeError(answer.content)
    print(f"{name}: {len(statements)} SQL statements when warm")
    for statement in statements:
        print(f"    {' '.join(statement.split())[:150]}")


@contextmanager
def web(variables: dict[str, str]) -> Iterator[str]:
    """The web server at work; its address."""
    port = servers.free_port()
    command = (
        "gunicorn mattermost_hooks.asgi:application -k mattermost_hooks.web_worker.WebWorker -w 4 --preload "
        f"-b 127.0.0.1:{port} --no-control-socket --log-level warning"
    )
    program = [sys.executable, "-m", *command.split()]
    process = subprocess.Popen(program, env=os.environ | variables)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/floor/empty", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, data=b"{}", timeout=1)
        except OSError:
            if process.poll() is not None:
                raise RuntimeError("the web server ended") from None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the web server does not answer")
