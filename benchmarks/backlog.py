"""How fast a backlog drains: deliveries of one healthy receiver that are all due at once.

    python -m benchmarks.backlog [--rows 100000] [--clients 8] [--seconds 10]

Starts PostgreSQL, Redis, the web processes and one worker on this machine. First clients post for some seconds:
that is the rate of fresh deliveries, whose answers become posts. Then as many deliveries as asked for are due,
answered in the same way. Prints both rates and their ratio, and the rates of the first and the last tenth.
"""

import argparse
import asyncio
import time
from contextlib import ExitStack

from tests import servers

from . import outgoing, stage
from .outgoing import Receiver, World

ROWS_AT_ONCE = 5_000


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        port = servers.free_port()
        world = outgoing.make_one_world(f"http://127.0.0.1:{port}/hook")
        base = stack.enter_context(stage.web(variables))
        stack.enter_context(outgoing.worker(variables))
        asyncio.run(_measure(base, port, world, options))


async def _measure(base: str, port: int, world: World, options: argparse.Namespace) -> None:
    receiver = Receiver()
    async with await asyncio.start_server(receiver.serve, "127.0.0.1", port):
        await outgoing.load(base, world, receiver, options.clients, 2.0)  # warms up
        fresh = await outgoing.load(base, world, receiver, options.clients, options.seconds)
        await asyncio.to_thread(outgoing.wait_until_drained)
        called = receiver.calls
        await asyncio.to_thread(_have_due, world, options.rows)
        marks = [(receiver.calls - called, time.perf_counter())]
        for tenth in range(1, 11):
            while receiver.calls - called < options.rows * tenth // 10:
                await asyncio.sleep(0.01)
            marks.append((receiver.calls - called, time.perf_counter()))
        await asyncio.to_thread(outgoing.wait_until_drained)
    rate = _rate(marks[1], marks[-1])  # of the first tenth some came while the rest was written
    print(f"fresh: {fresh.loops_per_second:.0f} a second")
    print(f"backlog of {options.rows}: {rate:.0f} a second, {rate / fresh.loops_per_second:.2f} x")
    print(f"second tenth {_rate(*marks[1:3]):.0f}, last tenth {_rate(*marks[-2:]):.0f} a second")


def _rate(first: tuple[int, float], last: tuple[int, float]) -> float:
    return (last[0] - first[0]) / (last[1] - first[1])


def _have_due(world: World, rows: int) -> None:
    """So many deliveries that are due, of the posts that there are."""
    from django.db import connection

    from channels_app.posts.models import Origin, Post
    from integrations.delivery.models import Delivery
    from integrations.outgoing.models import OutgoingWebhook
    from tests import deliveries

    hook = OutgoingWebhook.objects.get(channel=world.channel_id)
    said = Post.objects.select_related("channel__team", "user").filter(origin=Origin.PERSON)
    post, (url,) = said.order_by("-create_at")[0], hook.callback_urls
    for first in range(0, rows, ROWS_AT_ONCE):
        number = min(ROWS_AT_ONCE, rows - first)
        Delivery.objects.bulk_create(deliveries.owed(hook, post, url=url) for _ in range(number))
    connection.close()


if __name__ == "__main__":
    main()
