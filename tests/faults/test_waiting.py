"""What happens while a delivery waits: it ends with what it was for, and is held while it must be."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests import running, servers
from tests.faults import receiver
from tests.faults.receiver import FaultReceiver
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

ALLOWED = "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS"
# Before the third try there are five seconds, or up to six; a claim lasts ten.
LONG_MS = 3_000


class Waiting:
    """A delivery that its receiver has refused for now, its hook and its channel."""

    def __init__(self, admin: Person, url: str, name: str) -> None:
        self.admin = admin
        team = admin.call("POST", "/teams", {"name": name, "display_name": name, "type": "O"})
        made = {"team_id": team["id"], "name": "alerts", "display_name": "Alerts", "type": "O"}
        self.channel_id: str = admin.call("POST", "/channels", made)["id"]
        hook = {"team_id": team["id"], "trigger_words": ["go"], "callback_urls": [url]}
        self.hook_id: str = admin.call("POST", "/hooks/outgoing", hook)["id"]
        admin.call("POST", "/posts", {"channel_id": self.channel_id, "message": "go"})
        running.wait_for(self.is_left_alone)
        self.attempt_count = self.shown()["attempt_count"]

    def shown(self) -> dict[str, Any]:
        """The delivery as its log shows it."""
        found: list[dict[str, Any]] = self.admin.call(
            "GET", f"/hooks/outgoing/{self.hook_id}/deliveries"
        )
        return found[0]

    def is_left_alone(self) -> bool:
        """Is it settled, or the next try some seconds away? The second one comes too soon to be met."""
        now = self.shown()
        is_postponed = (
            now["attempt_count"] > 1
            and LONG_MS < now["due_at"] - now["update_at"] < 2 * LONG_MS + 1_000
        )
        return bool(now["status"] == "failed" or is_postponed)


@pytest.fixture(scope="module")
def project() -> Iterator[RunningProject]:
    environment = {"REDIS_URL": "", ALLOWED: "127.0.0.0/8"}
    with servers.temporary_folder() as folder, running.project(folder, **environment) as started:
        started.wait_until_up()
        yield started


@pytest.fixture(scope="module")
def refusing() -> Iterator[FaultReceiver]:
    with servers.temporary_folder() as folder, receiver.started(folder) as started:
        yield started


@pytest.fixture
def admin(project: RunningProject) -> Person:
    return project.sign_in()


def test_a_delivery_ends_with_the_channel_of_its_post(
    admin: Person, refusing: FaultReceiver
) -> None:
    waiting = Waiting(admin, refusing.url("/status/503", host="127.0.0.2"), "archived")

    admin.call("DELETE", f"/channels/{waiting.channel_id}")

    running.wait_for(lambda: waiting.shown()["status"] == "failed")
    assert waiting.shown()["note"] == "Given up: the channel was archived."
    assert waiting.shown()["attempt_count"] == waiting.attempt_count


def test_a_delivery_ends_with_its_webhook(
    admin: Person, refusing: FaultReceiver, project: RunningProject
) -> None:
    waiting = Waiting(admin, refusing.url("/status/503", host="127.0.0.3"), "deleted")
    calls = len(refusing.seen())

    admin.call("DELETE", f"/hooks/outgoing/{waiting.hook_id}")

    running.wait_for(lambda: "deliveries_waiting 0.0" in _metrics(project, admin))
    assert len(refusing.seen()) == calls


def test_a_delivery_waits_while_outgoing_webhooks_are_switched_off(
    admin: Person, refusing: FaultReceiver
) -> None:
    waiting = Waiting(admin, refusing.url("/status/503", host="127.0.0.4"), "held")
    held = Waiting(admin, refusing.url("/status/500", host="127.0.0.5"), "heldtoo")
    _switch(admin, on=False)
    _switch(admin, on=True)

    running.wait_for(lambda: waiting.shown()["attempt_count"] > waiting.attempt_count)
    running.wait_for(lambda: held.shown()["attempt_count"] > held.attempt_count)


def test_a_receiver_that_says_that_it_is_gone_is_called_no_more_and_its_owner_hears_of_it(
    admin: Person, refusing: FaultReceiver
) -> None:
    waiting = Waiting(admin, refusing.url("/status/410", host="127.0.0.6"), "gone")
    running.wait_for(lambda: waiting.shown()["status"] == "failed")
    calls = len(refusing.seen())

    admin.call("POST", "/posts", {"channel_id": waiting.channel_id, "message": "go again"})

    running.wait_for(lambda: "switched off" in str(waiting.shown()["note"]))
    assert len(refusing.seen()) == calls


def _switch(admin: Person, *, on: bool) -> None:
    admin.call("PUT", "/config/patch", {"ServiceSettings": {"EnableOutgoingWebhooks": on}})


def _metrics(project: RunningProject, admin: Person) -> str:
    answer = requests.get(
        f"{project.url}/metrics",
        headers={"Authorization": f"Bearer {admin.token}"},
        timeout=running.ANSWER_SECONDS,
    )
    return answer.text
