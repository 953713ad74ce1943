"""What it costs to read a channel that has grown long, beside a short one, in one run.

    python -m benchmarks.reading [--short 4500] [--long 100000] [--rounds 20]

Makes both channels on the PostgreSQL of DATABASE_URL (or one of its own) and asks in turns, in this process:
the channel, what is unread, to mark it as read, a page far back, and what changed a moment ago. Prints the
median milliseconds of each for both channels, and the ratio.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from tests import servers

from . import stage

if TYPE_CHECKING:
    from accounts.people.models import User
    from channels_app.membership.models import Channel

Calls = dict[str, Callable[[], Any]]
BATCH = 2_000
AN_HOUR_MS = 60 * 60 * 1000


def main() -> None:
    """Run the benchmark and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--short", type=int, default=4_500, help="posts in the short channel")
    parser.add_argument("--long", type=int, default=100_000, help="posts in the long one")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        stage.set_up(stage.environment(stack, folder))
        calls = [_calls(posts) for posts in (options.short, options.long)]
        times = {name: _times([one[name] for one in calls], options.rounds) for name in calls[0]}
        _close()
    print(f"{'ms':<28}{options.short:>12}{options.long:>12}{'ratio':>8}")
    for name, (short, long) in times.items():
        print(f"{name:<28}{short:>12.1f}{long:>12.1f}{long / short:>8.1f}")


def _calls(posts: int) -> Calls:
    """What is asked of a channel with so many posts."""
    from django.test import Client

    from mattermost_hooks.records import now_ms
    from tests import make

    reader, author = make.user(), make.user()
    channel = make.channel(make.team(reader, author), reader, author)
    _fill(channel, author, posts)
    client = Client(headers={"Authorization": f"Bearer {make.session(reader).token}"})
    url = f"/api/v4/channels/{channel.id}"
    far_back = (posts - 60) // 60
    view = json.dumps({"channel_id": channel.id})
    return {
        "GET the channel": lambda: client.get(url),
        "GET what is unread": lambda: client.get(f"/api/v4/users/me/channels/{channel.id}/unread"),
        "POST that it was seen": lambda: client.post(
            "/api/v4/channels/members/me/view", view, content_type="application/json"
        ),
        "GET the last page": lambda: client.get(f"{url}/posts?page={far_back}"),
        "GET what changed just now": lambda: client.get(f"{url}/posts?since={now_ms() - 1}"),
    }


def _fill(channel: "Channel", author: "User", number: int) -> None:
    from channels_app.posts.models import Post
    from mattermost_hooks.records import now_ms

    began = now_ms() - AN_HOUR_MS - 1000 * number
    for start in range(0, number, BATCH):
        Post.objects.bulk_create(
            Post(
                channel=channel,
                user=author,
                message=f"number {count}",
                create_at=began + 1000 * count,
                update_at=began + 1000 * count,
            )
            for count in range(start, min(start + BATCH, number))
        )
    stage.execute("VACUUM ANALYZE")


def _times(calls: list[Callable[[], Any]], rounds: int) -> list[float]:
    """The median milliseconds of each, asked in turns; the first three rounds do not count."""
    taken: list[list[float]] = [[] for _ in calls]
    for number in range(rounds + 3):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            answer = call()
            if number >= 3:
                times.append(1000 * (time.perf_counter() - began))
            if answer.status_code != 200:
                raise RuntimeError(answer.content)
    return [statistics.median(times) for times in taken]


def _close() -> None:
    from django.db import connection

    connection.close()


if __name__ == "__main__":
    main()
