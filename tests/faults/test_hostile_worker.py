"""A worker whose receivers all do their worst at once delivers what it can, and does not grow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import running, servers
from tests.faults import hostile_calls, receiver
from tests.faults.receiver import HOSTS, FaultReceiver
from tests.faults.test_hostile_receivers import CALLS, MOST_GROWTH_BYTES
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

PATHS = [path for port, _, path in (call.partition("/") for call in CALLS) if port == "http"]
ENVIRONMENT = {
    "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS": "127.0.0.0/8",
    "MM_SERVICESETTINGS_OUTGOINGINTEGRATIONREQUESTSTIMEOUT": "2",
    "MM_SERVICESETTINGS_OUTGOINGWEBHOOKMAXATTEMPTS": "1",
    # What is measured is what the worker holds; glibc would keep freed memory for each of its threads.
    "MALLOC_ARENA_MAX": "2",
}
WARM_UP_POSTS, POSTS = 4, 4
ENDS_WITHIN_SECONDS = 300.0


@pytest.fixture(scope="module")
def project() -> Iterator[RunningProject]:
    with servers.temporary_folder() as folder, running.project(folder, **ENVIRONMENT) as started:
        started.wait_until_up()
        yield started


class Audience:
    """A channel of which many receivers hear, each at an address of its own."""

    def __init__(self, admin: Person, name: str, urls: list[str]) -> None:
        self._admin = admin
        team = admin.call("POST", "/teams", {"name": name, "display_name": name, "type": "O"})
        square = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")
        self._channel_id = square["id"]
        about = {"team_id": team["id"], "channel_id": square["id"]}
        self._hooks = [
            admin.call("POST", "/hooks/outgoing", about | {"callback_urls": [url]})["id"]
            for url in urls
        ]
        self.posts: list[str] = []

    def write(self) -> None:
        """Post, and return when every receiver's delivery has ended."""
        post = {"channel_id": self._channel_id, "message": "hello"}
        self.posts.append(self._admin.call("POST", "/posts", post)["id"])
        running.wait_for(self._has_ended, ENDS_WITHIN_SECONDS)

    def _has_ended(self) -> bool:
        return not any("pending" in self._states(hook) for hook in self._hooks)

    def _states(self, hook_id: str) -> set[str]:
        found = self._admin.call("GET", f"/hooks/outgoing/{hook_id}/deliveries")
        return {delivery["status"] for delivery in found}


def test_a_worker_does_not_grow_over_hostile_answers(
    project: RunningProject, tmp_path: Path
) -> None:
    admin, worker = project.sign_in(), project.program("hooks worker")
    with receiver.started(tmp_path) as hostile:
        well = Audience(admin, "well", _urls(hostile, ["large"] * len(PATHS)))
        before = max([_size_after(well, worker) for _ in range(WARM_UP_POSTS)])
        badly = Audience(admin, "badly", _urls(hostile, PATHS))
        during = max([_size_after(badly, worker) for _ in range(POSTS)])
        told = {post for _, post in hostile.seen()}
    assert told == {*well.posts, *badly.posts}
    assert during - before < MOST_GROWTH_BYTES


def _size_after(audience: Audience, worker: int) -> int:
    """The worker's memory in bytes once all receivers have heard of one more post."""
    audience.write()
    return hostile_calls.memory("VmRSS", of=worker)


def _urls(hostile: FaultReceiver, paths: list[str]) -> list[str]:
    return [hostile.url(f"/{path}", host=host) for path, host in zip(paths, HOSTS, strict=False)]
