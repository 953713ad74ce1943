"""The story that the demo tells: somebody writes #build, and the bot's table stands in the channel."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from accounts.sessions.cookies import TOKEN_COOKIE
from tests import running, servers
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

TITLE = "Build Break - Project X"


@pytest.fixture
def project() -> Iterator[RunningProject]:
    """A fresh server with the demo team and its bot."""
    with servers.temporary_folder() as folder, running.project(folder, DEMO="1") as started:
        started.wait_until_up()
        yield started


def test_build_is_answered_with_one_table_in_the_channel(project: RunningProject) -> None:
    ann = _ann(project)
    team = ann.call("GET", "/teams/name/demo")
    channel = ann.call("GET", f"/teams/{team['id']}/channels/name/town-square")
    _wait_for_reports(1, ann, channel)  # the demo itself has asked for one

    question = {"channel_id": channel["id"], "message": "#build again, please"}
    for number in (2, 3):
        ann.call("POST", "/posts", question)
        _wait_for_reports(number, ann, channel)

    reports = _reports(ann, channel)
    assert len(reports) == 3
    assert {post["props"]["from_webhook"] for post in reports} == {"true"}
    assert _page(project, ann).count("<table") == 3


def _ann(project: RunningProject) -> Person:
    """The demo's Ann, with the password that the server says at its start."""
    line = re.compile(r"ann, password (\S+)")
    running.wait_for(lambda: line.search(project.log.read_text()))
    return project.sign_in("ann", line.findall(project.log.read_text())[0])


def _wait_for_reports(number: int, person: Person, channel: dict[str, Any]) -> None:
    running.wait_for(lambda: len(_reports(person, channel)) >= number)


def _reports(person: Person, channel: dict[str, Any]) -> list[dict[str, Any]]:
    """What the bot has said so far."""
    posts = person.call("GET", f"/channels/{channel['id']}/posts")["posts"].values()
    return [post for post in posts if TITLE in post["message"]]


def _page(project: RunningProject, person: Person) -> str:
    """The channel as the person's browser gets it."""
    address = f"{project.url}/demo/channels/town-square"
    answer = requests.get(address, cookies={TOKEN_COOKIE: person.token}, timeout=20)
    answer.raise_for_status()
    return answer.text
