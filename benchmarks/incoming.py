"""Incoming webhooks against two floors measured in the same run.

    python -m benchmarks.incoming [--rounds 5] [--seconds 4] [--clients 8]

Starts the web server with two processes on the PostgreSQL of DATABASE_URL (or one of its own, with fsync
on) and a Redis of its own, makes a world there, and takes turns: an empty endpoint, an endpoint that does
one INSERT, a text, a text with attachment and overrides. Prints requests a second, latencies, the ratios
to the floors, and the SQL statements of one warm call.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import load
from tests import servers

if TYPE_CHECKING:
    from django.test import Client

TEXT: dict[str, object] = {
    "text": "Build 1042 of *gold* passed, see <http://ci.example.com/1042|the report>."
}
RICH: dict[str, object] = {
    "text": "Build 1043 failed.",
    "username": "ci",
    "icon_url": "http://ci.example.com/icon.png",
    "attachments": [
        {
            "fallback": "Build 1043 failed",
            "color": "danger",
            "title": "gold",
            "title_link": "http://ci.example.com/1043",
            "text": "3 of 948 tests failed",
            "fields": [
                {"title": "Branch", "value": "main", "short": True},
                {"title": "Failed", "value": 3, "short": True},
            ],
        }
    ],
}


def main() -> None:
    """Run the benchmark and print the figures."""
    options = _options()
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        environment = _environment(stack, folder)
        os.environ.update(environment)
        hook_id, floor_path = _make_world()
        base = stack.enter_context(_web(environment))
        targets = {
            "empty": (f"{base}/api/floor/empty", TEXT),
            "one INSERT": (f"{base}{floor_path}", TEXT),
            "text": (f"{base}/hooks/{hook_id}", TEXT),
            "text + attachment + overrides": (f"{base}/hooks/{hook_id}", RICH),
        }
        results = _measure(targets, options)
    _print(results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--clients", type=int, default=8)
    return parser.parse_args()


def _environment(stack: ExitStack, folder: Path) -> dict[str, str]:
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


def _make_world() -> tuple[str, str]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests import make

    call_command("migrate", verbosity=0)
    owner = make.user()
    channel = make.channel(None, owner)
    hook = make.incoming_hook(channel, owner, display_name="ci")
    for name, payload in (("text", TEXT), ("text + attachment + overrides", RICH)):
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                _call(Client(), hook.id, payload)
        statements = [query["sql"] for query in queries if _is_statement(query["sql"])]
        print(f"{name}: {len(statements)} SQL statements when warm")
        for statement in statements:
            print(f"    {statement[:150]}")
    connection.close()
    return hook.id, f"/api/floor/one_insert/{channel.id}/{owner.id}"


def _call(client: "Client", hook_id: str, payload: dict[str, object]) -> None:
    answer = client.post(f"/hooks/{hook_id}", json.dumps(payload), content_type="application/json")
    if answer.status_code != 200:
        raise RuntimeError(answer.content)


def _is_statement(sql: str) -> bool:
    return not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))


@contextmanager
def _web(environment: dict[str, str]) -> Iterator[str]:
    port = servers.free_port()
    command = (
        "gunicorn mattermost_hooks.asgi:application -k mattermost_hooks.web_worker.WebWorker -w 2 "
        f"-b 127.0.0.1:{port} --no-control-socket --log-level warning"
    )
    program = [sys.executable, "-m", *command.split()]
    process = subprocess.Popen(program, env=os.environ | environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/floor/empty", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
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


def _measure(
    targets: dict[str, tuple[str, dict[str, object]]], options: argparse.Namespace
) -> dict[str, list[load.Load]]:
    results: dict[str, list[load.Load]] = {name: [] for name in targets}
    for round_number in range(options.rounds + 1):
        for name, (url, payload) in targets.items():
            seconds = options.seconds if round_number else 1.0
            body = json.dumps(payload).encode()
            found = load.run(url, body, clients=options.clients, seconds=seconds)
            if round_number:  # the first round only warms up
                results[name].append(found)
    return results


def _print(results: dict[str, list[load.Load]]) -> None:
    row = "{:<32}{:>10}{:>10}{:>10}{:>14}{:>14}{:>14}"
    print(row.format("", "req/s", "p50 ms", "p99 ms", "of empty", "of INSERT", "p99 of INSERT"))
    for name, runs in results.items():
        print(
            row.format(
                name,
                f"{statistics.median(run.per_second for run in runs):.0f}",
                f"{statistics.median(run.p50_ms for run in runs):.1f}",
                f"{statistics.median(run.p99_ms for run in runs):.1f}",
                f"{_ratio(runs, results['empty'], 'per_second'):.2f}",
                f"{_ratio(runs, results['one INSERT'], 'per_second'):.2f}",
                f"{_ratio(runs, results['one INSERT'], 'p99_ms'):.2f}",
            )
        )


def _ratio(runs: list[load.Load], floor: list[load.Load], figure: str) -> float:
    pairs = zip(runs, floor, strict=True)
    ratios = [getattr(one, figure) / getattr(other, figure) for one, other in pairs]
    return float(statistics.median(ratios))


if __name__ == "__main__":
    main()
