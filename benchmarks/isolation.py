"""Do receivers that hang or dawdle slow down those that answer at once?

    python -m benchmarks.isolation [--bad 1,4,32,100] [--answers never,1,10] [--waiting 1000] [--seconds 20]

Starts PostgreSQL, Redis, the web processes and one worker on this machine, and 50 healthy receivers that hear
of ten posts a second together. Measures the time from a post's request to its receiver, first alone, then
beside so many bad receivers, each with so many deliveries waiting, that never answer or answer after so many
seconds. Prints the p50 and p99 of the healthy ones, their ratio to the run alone, and the calls of the bad.
"""

import argparse
import asyncio
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from urllib.parse import urlsplit

from benchmarks.outgoing import Receiver
from tests import servers

from . import outgoing, stage

HEALTHY = 50
POSTS_PER_SECOND = 10.0
# The worker looks at all that is due once a second, and has then called all the bad ones that it dares to,
# or found them gone: what is measured is how it goes on, not how it begins.
SETTLING_SECONDS = 3.0
FIRST_HEALTHY_PORT, FIRST_BAD_PORT = 19_000, 20_000


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--bad", default="1,4,32,100")
    parser.add_argument("--answers", default="never,1,10", help="after so many seconds")
    parser.add_argument("--waiting", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        ports = [FIRST_HEALTHY_PORT + number for number in range(HEALTHY)]
        worlds = _make_worlds(ports)
        base = stack.enter_context(stage.web(variables))
        stack.enter_context(outgoing.worker(variables))
        asyncio.run(_measure(base, worlds, ports, options))


async def _measure(
    base: str, worlds: list[outgoing.World], ports: list[int], options: argparse.Namespace
) -> None:
    receiver = Receiver()
    async with AsyncExitStack() as stack:
        for port in ports:
            server = await asyncio.start_server(receiver.serve, "127.0.0.1", port)
            await stack.enter_async_context(server)
        await _posts(base, worlds, receiver, 5.0)  # warms up, and makes the receivers known
        alone = await _posts(base, worlds, receiver, options.seconds)
        _show("alone", alone, alone)
        for answers in options.answers.split(","):
            for number in map(int, options.bad.split(",")):
                calls = [0]
                async with AsyncExitStack() as bad:
                    for port in range(FIRST_BAD_PORT, FIRST_BAD_PORT + number):
                        serve = partial(_dawdle, calls, answers)
                        server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1000)
                        bad.push_async_callback(_close, server)
                    await asyncio.to_thread(_have_waiting, number, options.waiting)
                    await asyncio.sleep(SETTLING_SECONDS)
                    beside = await _posts(base, worlds, receiver, options.seconds)
                    name = f"beside {number} that answer {_when(answers)}"
                    _show(name, beside, alone, f"{calls[0]} calls")
                    await asyncio.to_thread(_forget_waiting)
                await asyncio.sleep(SETTLING_SECONDS)


async def _posts(
    base: str, worlds: list[outgoing.World], receiver: Receiver, seconds: float
) -> list[float]:
    """Post at an even pace; how long each post took to its receiver, in order."""
    pending, clock = [], asyncio.get_running_loop().time
    began = clock()
    for number in range(int(seconds * POSTS_PER_SECOND)):
        await asyncio.sleep(max(began + number / POSTS_PER_SECOND - clock(), 0))
        world = worlds[number % len(worlds)]
        pending.append(asyncio.ensure_future(_post(base, world, receiver, f"{began}-{number}")))
    return sorted(await asyncio.gather(*pending))


async def _post(base: str, world: outgoing.World, receiver: Receiver, text: str) -> float:
    parts = urlsplit(base)
    began, heard = asyncio.get_running_loop().time(), receiver.expect(text)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(outgoing.post_request(world, text))
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(head)
    writer.close()
    return await heard - began


async def _dawdle(
    calls: list[int], answers: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    calls[0] += 1
    try:
        if answers == "never":
            await reader.read()
        else:
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(float(answers))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        pass
    finally:
        writer.close()


async def _close(server: asyncio.Server) -> None:
    server.close()


def _show(name: str, found: list[float], alone: list[float], more: str = "") -> None:
    p50, p99 = (1000 * found[int(len(found) * part)] for part in (0.5, 0.99))
    ratios = [found[int(len(found) * part)] / alone[int(len(alone) * part)] for part in (0.5, 0.99)]
    print(
        f"{name:<40}p50 {p50:>7.1f} ms ({ratios[0]:.2f} x)   p99 {p99:>7.1f} ms ({ratios[1]:.2f} x)   {more}",
        flush=True,
    )


def _when(answers: str) -> str:
    return answers if answers == "never" else f"after {answers} s"


def _make_worlds(ports: list[int]) -> list[outgoing.World]:
    from tests import make

    outgoing.allow_this_machine()
    ann = make.user()
    team = make.team(ann)
    token = make.session(ann).token
    return [
        outgoing.make_world(ann, team, token, f"http://127.0.0.1:{port}/hook") for port in ports
    ]


def _have_waiting(receivers: int, each: int) -> None:
    from django.db import connection

    from channels_app.posts.models import Post
    from integrations.delivery.models import Delivery
    from integrations.outgoing.models import OutgoingWebhook
    from tests import deliveries

    hook = OutgoingWebhook.objects.order_by("create_at")[0]
    post = Post.objects.select_related("channel__team", "user").order_by("-create_at")[0]
    for port in range(FIRST_BAD_PORT, FIRST_BAD_PORT + receivers):
        url = f"http://127.0.0.1:{port}/hook"
        Delivery.objects.bulk_create(deliveries.owed(hook, post, url=url) for _ in range(each))
    connection.close()


def _forget_waiting() -> None:
    """Have nothing wait for the bad receivers; the worker may have some of it in hand."""
    from django.db import connection, transaction

    from integrations.delivery.models import PENDING, Delivery

    waiting = Delivery.objects.filter(url__startswith="http://127.0.0.1:2", status=PENDING)
    while waiting.exists():
        with transaction.atomic():
            some = waiting.select_for_update(skip_locked=True).values_list("id", flat=True)
            Delivery.objects.filter(id__in=list(some[:5_000])).update(status="failed")
    connection.close()


if __name__ == "__main__":
    main()
