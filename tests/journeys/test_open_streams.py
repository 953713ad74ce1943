"""An open event stream ends as soon as the right to it does, whichever process holds it."""

from collections.abc import Callable, Iterator

import pytest
import requests

from accounts.sessions.cookies import TOKEN_COOKIE
from tests import running, servers
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

PASSWORD = "Listener.pass1"
STREAMS = 8  # each over a connection of its own, so that both processes hold some


@pytest.fixture(scope="module")
def project() -> Iterator[RunningProject]:
    """The project with two web processes for everything but hook calls."""
    environment = {"WEB_CONCURRENCY": "4"}
    with servers.temporary_folder() as folder, running.project(folder, **environment) as started:
        started.wait_until_up()
        yield started


class Scene:
    """A team with a channel, its maker, a listener in both, and the listener's open streams."""

    def __init__(self, project: RunningProject, name: str) -> None:
        self.admin = project.sign_in()
        team = {"name": name, "display_name": name, "type": "O"}
        self.team_id = self.admin.call("POST", "/teams", team)["id"]
        channel = {"team_id": self.team_id, "name": "room", "display_name": "Room", "type": "P"}
        self.channel_id = self.admin.call("POST", "/channels", channel)["id"]
        fields = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.user_id = self.admin.call("POST", "/users", fields)["id"]
        member = {"team_id": self.team_id, "user_id": self.user_id}
        self.admin.call("POST", f"/teams/{self.team_id}/members", member)
        self.admin.call("POST", f"/channels/{self.channel_id}/members", {"user_id": self.user_id})
        self.listener = project.sign_in(name, PASSWORD)
        self.streams = [self.listen(self.listener) for _ in range(STREAMS)]

    def listen(self, person: Person) -> requests.Response:
        """A stream of the channel's events."""
        return requests.get(
            f"{person.url}/events/channels/{self.channel_id}",
            cookies={TOKEN_COOKIE: person.token},
            stream=True,
            timeout=10,  # sooner than the first sign of life of a stream that nothing is told to
        )


def leave_the_team(scene: Scene) -> None:
    scene.admin.call("DELETE", f"/teams/{scene.team_id}/members/{scene.user_id}")


def sign_out(scene: Scene) -> None:
    scene.listener.call("POST", "/users/logout")


def deactivate_the_account(scene: Scene) -> None:
    scene.admin.call("PUT", f"/users/{scene.user_id}/active", {"active": False})


def archive_the_channel(scene: Scene) -> None:
    scene.admin.call("DELETE", f"/channels/{scene.channel_id}")


@pytest.mark.parametrize(
    "end", [leave_the_team, sign_out, deactivate_the_account, archive_the_channel]
)
def test_streams_end_with_the_right_to_them(
    project: RunningProject, end: Callable[[Scene], None]
) -> None:
    scene = Scene(project, end.__name__.split("_")[0] + "er")
    assert {stream.status_code for stream in scene.streams} == {200}
    end(scene)
    for stream in scene.streams:
        assert b"data: resume" in b"".join(stream.iter_content(chunk_size=None))
    assert {scene.listen(scene.listener).status_code for _ in range(STREAMS)} == {403}


def test_what_ends_one_persons_streams_leaves_those_of_others(project: RunningProject) -> None:
    scene = Scene(project, "stayer")
    with scene.listen(scene.admin) as stream:
        lines = stream.iter_lines(chunk_size=1, decode_unicode=True)
        assert "data: resume" in lines
        leave_the_team(scene)
        post = {"channel_id": scene.channel_id, "message": "still there?"}
        post_id = scene.admin.call("POST", "/posts", post)["id"]
        assert f"data: {post_id}" in lines
