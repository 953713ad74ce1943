"""What survives: posts while everything is killed, flushed and restarted, and what their receiver heard.

    python -m benchmarks.faults [--posts 10000] [--calm]

Starts the project as `manage.py up` does, on PostgreSQL and Redis of its own, and a receiver that answers every
delivery into the channel. While eight clients post, a worker or a web process is killed by SIGKILL every three
seconds; Redis is flushed three times and PostgreSQL crashes three times. With --calm nothing is done to them.

Compared are sets of ids, never counts: each post that was answered by 201 must have been heard of, and its
answer must stand in the channel once. Ends with 1 if that is not so, if more calls came twice than could be
under way in what was killed or cut off, or if one came twice under another webhook-id; and, with --calm, if
any did.
"""

import argparse
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial

import redis
import requests

from integrations.delivery.slots import MOST_OF_A_RECEIVER
from tests import running, servers
from tests.faults import receiver
from tests.faults.receiver import FaultReceiver
from tests.running import Person, RunningProject

CLIENTS = 8
EVERY_SECONDS = 3.0
TIMES = 3
# So long PostgreSQL stays away.
AWAY_SECONDS = 1.0
# Until all is delivered after the last post.
PATIENCE_SECONDS = 600.0
AROUND_SECONDS = 30.0
WORKER, WEB = "hooks worker", "gunicorn"
ANSWER = "heard: "


@dataclass
class Run:
    """What was posted and what was done to whom."""

    wanted: int
    kept: set[str] = field(default_factory=set)
    refused: int = 0
    done: "Counter[str]" = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)


def main() -> None:
    """Run it, print what came of it, and end with 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--calm", action="store_true")
    options = parser.parse_args()
    run = Run(options.posts)
    with ExitStack() as stack:
        database = servers.PostgreSQL(stack.enter_context(servers.temporary_folder()))
        database.start()
        stack.callback(database.stop)
        broker = stack.enter_context(
            servers.redis_on_a_port(stack.enter_context(servers.temporary_folder()))
        )
        listener = stack.enter_context(
            receiver.started(stack.enter_context(servers.temporary_folder()))
        )
        project = stack.enter_context(
            running.project(
                stack.enter_context(servers.temporary_folder()),
                DATABASE_URL=database.url,
                REDIS_URL=broker,
                WEB_CONCURRENCY="2",
                MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS="127.0.0.1 localhost",
            )
        )
        project.wait_until_up()
        admin = project.sign_in()
        channel_id = _watched_channel(admin, listener.url("/replies"))
        trouble = nullcontext() if options.calm else _trouble(run, project, database, broker)
        with trouble, ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda _: _post(run, admin, channel_id), range(CLIENTS)))
        running.wait_for(partial(_is_all_delivered, project), PATIENCE_SECONDS)
        answers = _answers(project, channel_id)
        sys.exit(_judge(run, listener, answers, calm=options.calm))


def _watched_channel(admin: Person, url: str) -> str:
    team = admin.call("POST", "/teams", {"name": "storm", "display_name": "Storm", "type": "O"})
    channel: str = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")["id"]
    hook = {"team_id": team["id"], "channel_id": channel, "callback_urls": [url]}
    admin.call("POST", "/hooks/outgoing", hook | {"content_type": "application/json"})
    return channel


def _post(run: Run, admin: Person, channel_id: str) -> None:
    """Post until enough is kept; what was not answered by 201 was not promised to anybody."""
    while len(run.kept) < run.wanted:
        try:
            made = admin.call("POST", "/posts", {"channel_id": channel_id, "message": "hello"})
        except requests.RequestException:
            run.refused += 1
            run.over.wait(0.05)
            continue
        run.kept.add(made["id"])


@contextmanager
def _trouble(
    run: Run, project: RunningProject, database: servers.PostgreSQL, broker: str
) -> Iterator[None]:
    """Kill, flush and crash while the block runs."""
    with ThreadPoolExecutor(1) as maker:
        trouble = maker.submit(_make_trouble, run, project, database, broker)
        try:
            yield
        finally:
            run.over.set()
        trouble.result()  # had it broken off, the run would prove little


def _make_trouble(
    run: Run, project: RunningProject, database: servers.PostgreSQL, broker: str
) -> None:
    turn = 0
    while not run.over.wait(EVERY_SECONDS):
        reached = TIMES * len(run.kept) / run.wanted
        if run.done["database crashes"] < reached - 0.5:
            database.crash()
            run.over.wait(AWAY_SECONDS)
            database.start()
            run.done["database crashes"] += 1
        elif run.done["flushes"] < reached - 0.2:
            redis.Redis.from_url(broker).flushall()
            run.done["flushes"] += 1
        else:
            _kill_one(run, project, "workers" if turn % 2 else "web processes")
            turn += 1


def _kill_one(run: Run, project: RunningProject, of: str) -> None:
    parent = project.program(WORKER if of == "workers" else WEB)
    victims = [parent] if of == "workers" else [*running.children(parent)]
    if victims:  # none while they are being started again
        what = f"killed {of}"
        os.kill(victims[run.done[what] % len(victims)], signal.SIGKILL)
        run.done[what] += 1


def _is_all_delivered(project: RunningProject) -> bool:
    try:
        admin = project.sign_in()
        metrics = requests.get(
            f"{project.url}/metrics",
            headers={"Authorization": f"Bearer {admin.token}"},
            timeout=AROUND_SECONDS,
        ).text
    except requests.RequestException:  # not everything is up again
        return False
    return "\nmattermost_hooks_deliveries_waiting 0.0" in metrics


def _answers(project: RunningProject, channel_id: str) -> "Counter[str]":
    """How often each post was answered in the channel, by its id."""
    admin, found, number = project.sign_in(), Counter[str](), 0
    while posts := admin.call("GET", f"/channels/{channel_id}/posts?per_page=200&page={number}")[
        "posts"
    ]:
        texts = [post["message"] for post in posts.values()]
        found.update(text.removeprefix(ANSWER) for text in texts if text.startswith(ANSWER))
        number += 1
    return found


def _judge(run: Run, listener: FaultReceiver, answers: "Counter[str]", *, calm: bool) -> int:
    seen = listener.seen()
    heard = {post_id for _, post_id in seen}
    twice = len(seen) - len(set(seen))
    other_ids = len(set(seen)) - len({webhook_id for webhook_id, _ in seen})
    cuts = run.done["killed workers"] + run.done["database crashes"]
    most = 0 if calm else cuts * MOST_OF_A_RECEIVER["quick"]
    lost, unanswered = run.kept - heard, run.kept - set(answers)
    answered_twice = [post_id for post_id, number in answers.items() if number > 1]
    print(f"{len(run.kept)} posts answered by 201, {run.refused} refused or cut off")
    print(", ".join(f"{number} {what}" for what, number in run.done.items()) or "no trouble made")
    print(f"lost: {len(lost)}; not answered: {len(unanswered)}, twice: {len(answered_twice)}")
    print(f"came twice: {twice}, at most {most} may; under another webhook-id: {other_ids}")
    is_broken = lost or unanswered or answered_twice or twice > most or other_ids
    return int(bool(is_broken))


if __name__ == "__main__":
    main()
