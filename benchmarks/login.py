"""A hook's latency alone and beside people who sign in, in one run.

    python -m benchmarks.login [--rounds 3] [--seconds 4] [--clients 16]

Starts the web server as benchmarks.incoming does. One caller posts into a hook: alone, beside clients that
sign in with wrong passwords, each to an account of its own, and beside clients that sign in with the right
ones. Prints the hook's p50 and p99, their ratios to those of the hook alone, and what the others got.
"""

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests import servers

from . import incoming, load, stage

if TYPE_CHECKING:
    from accounts.people.models import User

AT_WORK = "at work"  # what a crowd says after its first answer
SCENES = ("alone", "wrong", "right")


def main() -> None:
    """Run the benchmark and print the figures; with --sign-in be one of the crowds."""
    options = _options()
    if options.sign_in:
        print(json.dumps(asyncio.run(_crowd(options))))
        return
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        hook_id, people = _make_world(options.clients)
        base = stack.enter_context(stage.web(variables))
        runs: dict[str, list[load.Load]] = {scene: [] for scene in SCENES}
        answers: dict[str, Counter[str]] = {scene: Counter() for scene in SCENES}
        for _ in range(options.rounds):
            for scene in SCENES:
                _unlock(people)
                found, got = _measure(base, hook_id, scene, options)
                runs[scene].append(found)
                answers[scene].update(got)
    _print(runs, answers, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--sign-in", default="", help="the server that a crowd signs in to")
    parser.add_argument("--password", default="")
    return parser.parse_args()


def _make_world(count: int) -> tuple[str, list["User"]]:
    from django.db import connection

    from tests import make

    owner = make.user()
    hook = make.incoming_hook(make.channel(None, owner), owner)
    people = [make.user(f"crowd{number}") for number in range(count)]
    connection.close()
    return hook.id, people


def _unlock(people: list["User"]) -> None:
    from accounts.people import users

    for user in people:
        users.unlock(user=user)


def _measure(
    base: str, hook_id: str, scene: str, options: argparse.Namespace
) -> tuple[load.Load, dict[str, int]]:
    from tests import make

    crowd = None
    if scene != "alone":
        password = make.PASSWORD if scene == "right" else "wrong"
        program = [sys.executable, "-m", "benchmarks.login", "--sign-in", base]
        more = ["--password", password, "--clients", str(options.clients)]
        crowd = subprocess.Popen(
            [*program, *more, "--seconds", str(options.seconds + 2)], stdout=subprocess.PIPE
        )
        assert crowd.stdout
        crowd.stdout.readline()  # the crowd is at work
    call = load.Request(f"{base}/hooks/{hook_id}", body=json.dumps(incoming.TEXT).encode())
    found = load.run(call, clients=1, seconds=options.seconds)
    return found, json.loads(crowd.communicate()[0]) if crowd else {}


async def _crowd(options: argparse.Namespace) -> dict[str, int]:
    until = time.perf_counter() + options.seconds
    parts = urlsplit(options.sign_in)
    got: Counter[str] = Counter()
    clients = (
        _client(parts.netloc, n, options.password, until, got) for n in range(options.clients)
    )
    await asyncio.gather(*clients)
    return dict(got)


async def _client(netloc: str, number: int, password: str, until: float, got: Counter[str]) -> None:
    body = json.dumps({"login_id": f"crowd{number}", "password": password}).encode()
    head = f"POST /api/v4/users/login HTTP/1.1\r\nHost: {netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    host, _, port = netloc.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while time.perf_counter() < until:
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", answer, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        if not got:
            print(AT_WORK, flush=True)
        got[answer.split(b" ", 2)[1].decode()] += 1
    writer.close()


def _print(
    runs: dict[str, list[load.Load]],
    answers: dict[str, Counter[str]],
    options: argparse.Namespace,
) -> None:
    row = "{:<28}{:>10}{:>10}{:>14}{:>14}   {}"
    print(
        row.format("one caller of a hook", "p50 ms", "p99 ms", "p50 of alone", "p99 of alone", "")
    )
    for scene in SCENES:
        figures = [
            (run.p50_ms, run.p99_ms, run.p50_ms / alone.p50_ms, run.p99_ms / alone.p99_ms)
            for run, alone in zip(runs[scene], runs["alone"], strict=True)
        ]
        p50, p99, of_p50, of_p99 = map(statistics.median, zip(*figures, strict=True))
        seconds = options.rounds * (options.seconds + 2)
        got = ", ".join(f"{n / seconds:.0f}/s × {status}" for status, n in answers[scene].items())
        name = scene if scene == "alone" else f"beside {options.clients} × {scene} password"
        print(row.format(name, f"{p50:.1f}", f"{p99:.1f}", f"{of_p50:.1f}", f"{of_p99:.1f}", got))


if __name__ == "__main__":
    main()
