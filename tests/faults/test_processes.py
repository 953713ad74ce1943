"""What people and receivers see when a process dies or hangs: nothing is lost, nothing comes twice."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
from pytest_httpserver import HTTPServer

from tests import running, servers
from tests.faults.watched import Receiver, WatchedChannel, reply_to
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

WORKER, BROKER, WEB = "hooks worker", "valkey", "gunicorn"
WORKER_THREADS = 10
ALLOWED = "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS"


@pytest.fixture(scope="module")
def project() -> Iterator[RunningProject]:
    """The project with a broker of its own, so that it can be stopped."""
    environment = {"REDIS_URL": "", "WORKER_THREADS": str(WORKER_THREADS), ALLOWED: "127.0.0.1"}
    with servers.temporary_folder() as folder, running.project(folder, **environment) as started:
        started.wait_until_up()
        yield started


@pytest.fixture
def admin(project: RunningProject) -> Person:
    return project.sign_in()


@pytest.fixture
def receiver() -> Iterator[Callable[[], Receiver]]:
    """`receiver()`: one more of them, on a port of its own."""
    with ExitStack() as running_servers:

        def start() -> Receiver:
            made = Receiver(
                running_servers.enter_context(HTTPServer(host="127.0.0.1", threaded=True))
            )
            running_servers.callback(made.may_answer.set)
            return made

        yield start


@pytest.fixture
def _short_leases(admin: Person) -> Iterator[None]:
    """A delivery falls due again when its receiver can no longer answer, which is soon with these."""
    former = admin.call("GET", "/config")["ServiceSettings"]["OutgoingIntegrationRequestsTimeout"]
    _set_request_timeout(admin, 2)
    yield
    _set_request_timeout(admin, former)


@pytest.mark.usefixtures("_short_leases")
def test_reply_is_posted_once_though_the_worker_was_killed_while_the_receiver_thought(
    project: RunningProject, admin: Person, receiver: Callable[[], Receiver]
) -> None:
    bot = receiver()
    channel = WatchedChannel(admin, bot)
    bot.may_answer.clear()
    channel.write("one")
    running.wait_for(lambda: bot.heard)

    project.kill(WORKER)
    bot.may_answer.set()

    running.wait_for(lambda: channel.texts()[reply_to("one")])
    channel.write("two")
    running.wait_for(lambda: channel.texts()[reply_to("two")])
    assert bot.heard == ["one", "one", "two"]
    assert channel.texts()[reply_to("one")] == 1


def test_posts_are_delivered_once_while_the_broker_hangs_and_when_it_is_back(
    project: RunningProject, admin: Person, receiver: Callable[[], Receiver]
) -> None:
    bot = receiver()
    channel = WatchedChannel(admin, bot)
    texts = [f"number {number}" for number in range(5)]
    channel.write("before")
    running.wait_for(lambda: channel.texts()[reply_to("before")])
    broker = project.program(BROKER)
    os.kill(broker, signal.SIGSTOP)
    try:
        for text in texts:
            channel.write(text)
        running.wait_for(lambda: {reply_to(text) for text in texts} <= set(channel.texts()))
    finally:
        os.kill(broker, signal.SIGKILL)

    channel.write("after")
    running.wait_for(lambda: channel.texts()[reply_to("after")])
    assert sorted(bot.heard) == ["after", "before", *texts]
    assert set(channel.texts().values()) == {1}


def test_every_answered_post_is_kept_and_delivered_though_a_web_process_was_killed(
    project: RunningProject, admin: Person, receiver: Callable[[], Receiver]
) -> None:
    bot = receiver()
    channel = WatchedChannel(admin, bot)
    web = project.program(WEB)
    processes = set(running.children(web))
    answered: list[str] = []

    def write(number: int) -> None:
        if number == 50:
            os.kill(min(processes), signal.SIGKILL)
        text = f"number {number}"
        try:
            channel.write(text)
        except requests.RequestException:
            return  # nobody was told that this one is kept
        answered.append(text)

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, range(150)))

    assert len(answered) > 100
    assert set(answered) <= set(channel.texts())
    running.wait_for(lambda: {reply_to(text) for text in answered} <= set(channel.texts()))
    assert set(channel.texts().values()) == {1}
    running.wait_for(lambda: len(running.children(web)) == len(processes))
    assert min(processes) not in running.children(web)


def test_web_processes_that_stop_write_the_lines_of_the_calls_they_answered(
    project: RunningProject, admin: Person
) -> None:
    name = f"team{time.time_ns()}"
    team = admin.call("POST", "/teams", {"name": name, "display_name": name, "type": "O"})
    square = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")
    hook = admin.call("POST", "/hooks/incoming", {"channel_id": square["id"]})["id"]
    web = project.program(WEB)
    processes = set(running.children(web))
    answers = [
        requests.post(f"{project.url}/hooks/{hook}", json={"text": "hi"}, timeout=20).status_code
        for _ in range(20)
    ]
    for process in processes:
        os.kill(process, signal.SIGTERM)

    running.wait_for(lambda: processes.isdisjoint(running.children(web)))
    assert answers == [200] * 20
    project.wait_until_up()
    assert len(admin.call("GET", f"/hooks/incoming/{hook}/calls")) == 20


def test_receiver_that_never_answers_keeps_no_other_delivery_waiting(
    admin: Person, receiver: Callable[[], Receiver]
) -> None:
    stuck, lively = receiver(), receiver()
    stuck.may_answer.clear()
    full, free = WatchedChannel(admin, stuck), WatchedChannel(admin, lively)
    for number in range(2 * WORKER_THREADS):
        full.write(f"number {number}")
    running.wait_for(lambda: stuck.heard)

    free.write("hello")

    running.wait_for(lambda: free.texts()[reply_to("hello")])
    assert not stuck.may_answer.is_set()


def _set_request_timeout(admin: Person, seconds: int) -> None:
    change = {"ServiceSettings": {"OutgoingIntegrationRequestsTimeout": seconds}}
    admin.call("PUT", "/config/patch", change)
