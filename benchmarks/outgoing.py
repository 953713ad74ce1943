"""What a loop costs: somebody posts, an outgoing webhook calls a receiver, its answer becomes a post.

    python -m benchmarks.outgoing [--clients 1,8,32] [--rounds 3] [--seconds 5] [--others 0,1000,0,1000]

Starts PostgreSQL, Redis, the web processes and one worker on this machine. Each client posts and waits until
the receiver has heard of that post before it posts again. Prints loops a second (answers that are stored), the
time from the post's request to the receiver, and the processor time of a loop by process; beside them two
floors of the same run: Celery tasks that do nothing but one POST to the same receiver, and the hop of an empty
task through the broker.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests import running, servers

from . import stage

if TYPE_CHECKING:  # models can be imported only when the servers are there
    from accounts.people.models import User
    from channels_app.membership.models import Team

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
FLOOR_TASKS = 2000
HOPS = 200
LONGEST_BACKLOG_SECONDS = 1200.0
OTHER = "other"


@dataclass(frozen=True)
class World:
    """A channel with a webhook, and the person who writes there."""

    channel_id: str
    team_id: str
    token: str


class Receiver:
    """Answers every call with a text, and knows which posts it has heard of."""

    def __init__(self) -> None:
        self.heard: dict[str, asyncio.Future[float]] = {}
        self.calls = 0

    def expect(self, text: str) -> "asyncio.Future[float]":
        """When the receiver hears of this text, in seconds of the loop's clock."""
        future = self.heard[text] = asyncio.get_running_loop().create_future()
        return future

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                fields = json.loads(await reader.readexactly(int(length[1]) if length else 0))
                self.calls += 1
                self._note(fields.get("text", ""))
                answer = json.dumps({"text": f"heard: {fields.get('text', '')}"}).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
                )
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    def _note(self, text: str) -> None:
        future = self.heard.pop(text, None)
        if future is not None and not future.done():
            future.set_result(asyncio.get_running_loop().time())


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--others", default="0", help="how many other webhooks the team has")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        port = servers.free_port()
        world = make_one_world(f"http://127.0.0.1:{port}/hook")
        base = stack.enter_context(stage.web(variables))
        stack.enter_context(worker(variables))
        broker = f"{variables['REDIS_URL'].rpartition('/')[0]}/9"
        os.environ["FLOOR_BROKER"] = broker  # for our own copy of the floor's tasks
        stack.enter_context(_floor_worker(variables, broker))
        asyncio.run(_measure(base, port, world, broker, options))


async def _measure(
    base: str, port: int, world: World, broker: str, options: argparse.Namespace
) -> None:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
    async with server:
        hop = await asyncio.to_thread(_hop_ms, broker)
        floor = await _floor_per_second(receiver, port)
        print(f"floors: {floor:.0f} bare Celery calls/s, hop {hop:.1f} ms")
        print(
            f"{'':<24}{'loops/s':>9}{'of floor':>9}{'p50 ms':>8}{'p99 ms':>8}"
            "   CPU ms a loop: all, by process"
        )
        for others in map(int, options.others.split(",")):
            await asyncio.to_thread(_have_others, world, others)
            for clients in map(int, options.clients.split(",")):
                await load(base, world, receiver, clients, 1.0)  # warms up
                await asyncio.to_thread(wait_until_drained)
                runs = []
                for _ in range(options.rounds):
                    runs.append(await load(base, world, receiver, clients, options.seconds))
                    await asyncio.to_thread(wait_until_drained)
                _show(f"{clients} clients, {others} others", runs, floor)


@dataclass(frozen=True)
class Run:
    """What came of some seconds of load."""

    loops_per_second: float
    latencies: list[float]
    cpu_ms: Mapping[str, float]


async def load(base: str, world: World, receiver: Receiver, clients: int, seconds: float) -> Run:
    """What came of so many clients that post for so long."""
    before, cpu = await asyncio.to_thread(_answers), _cpu_seconds()
    began = time.perf_counter()
    until = asyncio.get_running_loop().time() + seconds
    loads = [_client(base, world, receiver, number, until) for number in range(clients)]
    latencies = [one for client in await asyncio.gather(*loads) for one in client]
    elapsed = time.perf_counter() - began
    loops = await asyncio.to_thread(_answers) - before
    spent = {
        name: 1000 * (seconds_of - cpu.get(name, 0.0)) / max(loops, 1)
        for name, seconds_of in _cpu_seconds().items()
    }
    return Run(loops / elapsed, latencies, spent)


async def _client(
    base: str, world: World, receiver: Receiver, number: int, until: float
) -> list[float]:
    """Post, wait until the receiver has heard of it, post again; the seconds that each took."""
    parts = urlsplit(base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    clock, took = asyncio.get_running_loop().time, []
    while (began := clock()) < until:
        text = f"loop {number}-{began}"
        heard = receiver.expect(text)
        writer.write(post_request(world, text))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(head)
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        took.append(await heard - began)
    writer.close()
    return took


def post_request(world: World, text: str) -> bytes:
    """The request that posts a text."""
    body = json.dumps({"channel_id": world.channel_id, "message": text}).encode()
    return (
        b"POST /api/v4/posts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
        % (world.token.encode(), len(body), body)
    )


def _show(name: str, runs: list[Run], floor: float) -> None:
    latencies = sorted(one for run in runs for one in run.latencies)
    loops = statistics.median(run.loops_per_second for run in runs)
    cpu = {
        process: statistics.median(run.cpu_ms.get(process, 0.0) for run in runs)
        for process in runs[0].cpu_ms
    }
    by_process = ", ".join(f"{process} {spent:.1f}" for process, spent in sorted(cpu.items()))
    print(
        f"{name:<24}{loops:>9.0f}{loops / floor:>9.2f}{1000 * latencies[len(latencies) // 2]:>8.1f}"
        f"{1000 * latencies[int(len(latencies) * 0.99)]:>8.1f}   {sum(cpu.values()):.1f}: {by_process}"
    )


# --- The world ----------------------------------------------------------------------------------------


def allow_this_machine() -> None:
    """Let webhooks call receivers on this machine."""
    from mattermost_hooks.console import config

    config.save_config({"ServiceSettings": {"AllowedUntrustedInternalConnections": "127.0.0.1"}})


def make_world(person: "User", team: "Team", token: str, url: str) -> World:
    """A channel of a team and a person, whose every post is told to a URL."""
    from tests import make

    channel = make.channel(team, person)
    make.outgoing_hook(
        team,
        person,
        channel=channel,
        trigger_words=[],
        callback_urls=[url],
        content_type="application/json",
    )
    return World(channel.id, team.id, token)


def make_one_world(url: str) -> World:
    """A person, a team and a channel of theirs, whose every post is told to a URL."""
    from tests import make

    allow_this_machine()
    ann = make.user()
    return make_world(ann, make.team(ann), make.session(ann).token, url)


def _have_others(world: World, number: int) -> None:
    """So many other webhooks of the team, none of which fires, instead of those before."""
    from channels_app.membership.models import Team
    from integrations.outgoing import matching
    from integrations.outgoing.models import EXACT, STARTS_WITH, OutgoingWebhook
    from mattermost_hooks import process_cache

    team = Team.objects.get(id=world.team_id)
    OutgoingWebhook.objects.filter(team=team, display_name=OTHER).delete()
    creator = OutgoingWebhook.objects.get(team=team).creator
    OutgoingWebhook.objects.bulk_create(
        (
            OutgoingWebhook(
                team=team,
                creator=creator,
                display_name=OTHER,
                trigger_words=[f"word{one}"],
                trigger_when=STARTS_WITH if one % 2 else EXACT,
                callback_urls=["http://127.0.0.1:9/hook"],
            )
            for one in range(number)
        ),
        batch_size=1000,
    )
    process_cache.forget_now(matching.team_subject(team.id))


def _answers() -> int:
    from django.db import connection

    from channels_app.posts.models import Origin, Post

    found = Post.objects.filter(origin=Origin.WEBHOOK).count()
    connection.close()
    return found


def wait_until_drained() -> None:
    """Return once no delivery waits."""
    from django.db import connection

    from integrations.delivery.models import PENDING, Delivery

    waiting = Delivery.objects.filter(status=PENDING)
    running.wait_for(lambda: not waiting.exists(), LONGEST_BACKLOG_SECONDS)
    connection.close()


# --- Processes ----------------------------------------------------------------------------------------


@contextmanager
def worker(variables: dict[str, str]) -> Iterator[None]:
    """The worker at work, as the Procfile starts it."""
    lines = (servers.ROOT / "Procfile").read_text().splitlines()
    line = next(one.removeprefix("worker: ") for one in lines if one.startswith("worker: "))
    with _running(f"exec {Path(sys.executable).parent}/{line}", variables):
        yield


@contextmanager
def _floor_worker(variables: dict[str, str], broker: str) -> Iterator[None]:
    line = "celery -q -A benchmarks.floor_worker worker -P threads -c 32 --without-gossip --without-mingle"
    command = f"exec {Path(sys.executable).parent}/{line} --loglevel error"
    with _running(command, variables | {"FLOOR_BROKER": broker}):
        yield


@contextmanager
def _running(command: str, variables: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(["sh", "-c", command], env=os.environ | variables)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _hop_ms(broker: str) -> float:
    """The median time of an empty task from its sender to its worker, one after the other."""
    import redis

    from . import floor_worker

    connection = redis.Redis.from_url(broker, socket_timeout=None)  # the worker may still start
    took = []
    for number in range(HOPS + 20):
        floor_worker.hop.delay(time.monotonic())
        heard = connection.blpop([floor_worker.HOPS], timeout=30)
        if not heard:
            raise RuntimeError("the floor's worker does not answer")
        if number >= 20:
            took.append(1000 * float(heard[1]))
    return statistics.median(took)


async def _floor_per_second(receiver: Receiver, port: int) -> float:
    from . import floor_worker

    def send() -> None:
        for _ in range(FLOOR_TASKS):
            floor_worker.call.delay(f"http://127.0.0.1:{port}/floor", '{"text": ""}')

    before, began = receiver.calls, time.perf_counter()
    sending = asyncio.ensure_future(asyncio.to_thread(send))
    while receiver.calls < before + FLOOR_TASKS:
        await asyncio.sleep(0.01)
    await sending
    return FLOOR_TASKS / (time.perf_counter() - began)


def _cpu_seconds() -> dict[str, float]:
    """Processor seconds so far, by the kind of process."""
    spent: dict[str, float] = {}
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            line = (directory / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            fields = (directory / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if name := _kind_of(line):
            ticks = int(fields[11]) + int(fields[12])
            spent[name] = spent.get(name, 0.0) + ticks / TICKS_PER_SECOND
    return spent


def _kind_of(command: str) -> str:
    kinds = {
        "gunicorn": "web",
        "mattermost_hooks worker": "worker",
        "postgres": "PostgreSQL",
        "redis-server": "Redis",
        "valkey": "Redis",
    }
    return next((name for word, name in kinds.items() if word in command), "")


if __name__ == "__main__":
    main()
