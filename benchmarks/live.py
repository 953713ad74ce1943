"""What one post costs in a channel that many pages show.

    python -m benchmarks.live [--pages 500] [--posts 4500] [--rounds 3]

Starts the project on the PostgreSQL of DATABASE_URL (or one of its own) with two web processes, opens so many
event streams, each with a session of its own, and lets them behave like pages: at a hint they ask for what is
new, over a connection of their own. Prints for each post how long it took until the last page had it, the
most requests in any 100 ms, the CPU seconds of the web processes, and how long other people waited meanwhile.
"""

import argparse
import asyncio
import os
import statistics
import time
from bisect import bisect_left
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tests import running, servers

WINDOW_SECONDS = 0.1
QUIET_SECONDS = 3.0  # after the last request, before a post counts as told
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class World:
    """A channel, its pages' sessions and the person who writes."""

    channel_id: str
    address: str
    tokens: list[str]
    last_post_id: str


@dataclass
class Measured:
    """What the pages did because of one post, in seconds of the monotonic clock."""

    asked: list[float] = field(default_factory=list)
    updated: list[float] = field(default_factory=list)


def main() -> None:
    """Run the benchmark and print the figures."""
    options = _options()
    with ExitStack() as stack:
        environment = _environment(stack)
        folder = stack.enter_context(servers.temporary_folder())
        project = stack.enter_context(running.project(folder, **environment))
        project.wait_until_up()
        world = _make_world(environment, options)
        asyncio.run(_measure(project, world, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--posts", type=int, default=4500, help="how many the channel has already")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _environment(stack: ExitStack) -> dict[str, str]:
    database = os.environ.pop("DATABASE_URL", "")
    if not database:
        cluster = stack.enter_context(servers.temporary_folder())
        database = stack.enter_context(servers.postgresql(cluster))
    redis_folder = stack.enter_context(servers.temporary_folder())
    return {
        "DATABASE_URL": database,
        "REDIS_URL": stack.enter_context(servers.redis_on_a_port(redis_folder)),
        "WEB_CONCURRENCY": "4",
        "LOG_LEVEL": "WARNING",
    }


def _make_world(environment: dict[str, str], options: argparse.Namespace) -> World:
    os.environ.update(environment | {"DJANGO_SETTINGS_MODULE": "mattermost_hooks.settings"})
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from channels_app.membership.models import Channel
    from channels_app.posts.models import Post
    from tests import make

    # Nobody signs in with a password here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    people = [make.user() for _ in range(options.pages)]
    team = make.team(*people, name="gold")
    channel = Channel.objects.get(team=team)
    Post.objects.bulk_create(
        Post(channel=channel, user=people[0], message=f"number {number}", create_at=number + 1)
        for number in range(options.posts)
    )
    last = make.post(channel, people[0], "the last one before")
    tokens = [make.session(person).token for person in people]
    connection.close()
    for name in environment:
        del os.environ[name]
    return World(channel.id, f"/gold/channels/{channel.name}", tokens, last.id)


class Page:
    """A page: one event stream, and a connection for each request."""

    def __init__(self, base: str, world: World, token: str) -> None:
        parts = urlsplit(base)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.world, self.token = world, token
        self.last_post_id = world.last_post_id
        self.measured = Measured()

    async def open(self) -> None:
        """Begin to listen, and answer the first hint."""
        self.events, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(self._request(f"/events/channels/{self.world.channel_id}"))
        head = await self.events.readuntil(b"\r\n\r\n")
        if b" 200 " not in head:
            raise RuntimeError(head)
        self.writer = writer
        await self.look(await self._next_hint())

    async def listen(self) -> None:
        """Ask for what is new at every hint."""
        while True:
            hint = await self._next_hint()
            if self.last_post_id not in hint:
                await self.look(hint)

    async def look(self, hint: str) -> None:
        """Fetch what followed the last post that is shown."""
        self.measured.asked.append(time.monotonic())
        reader, writer = await asyncio.open_connection(self.host, self.port)
        query = f"after={self.last_post_id}&hint={hint.rpartition(' ')[2]}"
        writer.write(self._request(f"{self.world.address}/new?{query}"))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head)
        length = next(
            int(line[15:])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        lines = (await reader.readexactly(length)).decode()
        writer.close()
        if 'data-id="' in lines:
            self.last_post_id = lines.rpartition('data-id="')[2][:26]
            self.measured.updated.append(time.monotonic())

    async def _next_hint(self) -> str:
        while True:
            line = (await self.events.readline()).decode()
            if not line:
                raise RuntimeError("the stream ended")
            if line.startswith("data: "):
                return line[6:].strip()

    def _request(self, path: str) -> bytes:
        return (
            f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nCookie: MMAUTHTOKEN={self.token}\r\n"
            "HX-Request: true\r\n\r\n"
        ).encode()


async def _measure(
    project: running.RunningProject, world: World, options: argparse.Namespace
) -> None:
    pages = [Page(project.url, world, token) for token in world.tokens]
    for page in pages:
        await page.open()
    listening = [asyncio.ensure_future(page.listen()) for page in pages]
    admin = await asyncio.to_thread(project.sign_in)
    row = "{:<8}{:>16}{:>20}{:>18}{:>14}{:>24}"
    print(
        row.format(
            "", "requests", "most in 100 ms", "last page after", "CPU web", "others: p50 / worst"
        )
    )
    for number in range(options.rounds):
        for page in pages:
            page.measured = Measured()
        cpu = _cpu_seconds(project)
        began = time.monotonic()
        waits: list[float] = []
        others = asyncio.ensure_future(_others(admin, waits))
        post = {"channel_id": world.channel_id, "message": f"post {number}"}
        await asyncio.to_thread(admin.call, "POST", "/posts", post)
        await _until_quiet(pages, listening)
        others.cancel()
        asked = sorted(moment for page in pages for moment in page.measured.asked)
        updated = [page.measured.updated[0] for page in pages]
        print(
            row.format(
                f"post {number + 1}",
                len(asked),
                _most_in_a_window(asked),
                f"{max(updated) - began:.2f} s",
                f"{_cpu_seconds(project) - cpu:.2f} s",
                f"{statistics.median(waits) * 1000:.0f} / {max(waits) * 1000:.0f} ms",
            )
        )
    for task in listening:
        task.cancel()


async def _others(person: running.Person, waits: list[float]) -> None:
    """Somebody else asks ten times a second for something small."""
    while True:
        began = time.monotonic()
        await asyncio.to_thread(person.call, "GET", "/users/me")
        waits.append(time.monotonic() - began)
        await asyncio.sleep(0.1)


async def _until_quiet(pages: list[Page], listening: Sequence["asyncio.Future[None]"]) -> None:
    while True:
        for task in listening:
            if task.done():
                task.result()  # why it failed
        await asyncio.sleep(0.2)
        latest = max((page.measured.asked or [0.0])[-1] for page in pages)
        is_told = all(page.measured.updated for page in pages)
        if is_told and time.monotonic() - latest > QUIET_SECONDS:
            return


def _most_in_a_window(moments: list[float]) -> int:
    return max(
        bisect_left(moments, moment + WINDOW_SECONDS) - number
        for number, moment in enumerate(moments)
    )


def _cpu_seconds(project: running.RunningProject) -> float:
    web = project.program("gunicorn")
    ticks = 0
    for process in running.children(web):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


if __name__ == "__main__":
    main()
