"""A right that is taken away is gone with the next request, whichever process answers it."""

from collections.abc import Iterator

import pytest
import requests

from tests import running, servers
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

# New connections spread over both web processes; so many will not all meet the same one.
REQUESTS = 24


@pytest.fixture(scope="module")
def project() -> Iterator[RunningProject]:
    """The project with two web processes for everything but hook calls."""
    environment = {"WEB_CONCURRENCY": "4"}
    with servers.temporary_folder() as folder, running.project(folder, **environment) as started:
        started.wait_until_up()
        yield started


@pytest.fixture
def admin(project: RunningProject) -> Person:
    return project.sign_in()


def statuses(person: Person, path: str = "/users/me") -> set[int]:
    """What many requests get, each over a connection of its own."""
    return {
        requests.get(
            f"{person.url}/api/v4{path}",
            headers={"Authorization": f"Bearer {person.token}", "Connection": "close"},
            timeout=running.ANSWER_SECONDS,
        ).status_code
        for _ in range(REQUESTS)
    }


def test_a_session_that_signed_out_is_refused_by_both_processes(project: RunningProject) -> None:
    person = project.sign_in()
    assert statuses(person) == {200}
    person.call("POST", "/users/logout")
    assert statuses(person) == {401}


def test_a_revoked_access_token_is_refused_by_both_processes(admin: Person) -> None:
    admin.call("PUT", "/config/patch", {"ServiceSettings": {"EnableUserAccessTokens": True}})
    token = admin.call("POST", "/users/me/tokens", {"description": "a program"})
    program = Person(admin.url, token["token"])
    assert statuses(program) == {200}
    admin.call("POST", "/users/tokens/revoke", {"token_id": token["id"]})
    assert statuses(program) == {401}


def test_whoever_leaves_a_team_is_out_of_its_channels_in_both_processes(
    project: RunningProject, admin: Person
) -> None:
    fields = {"username": "leaver", "email": "leaver@example.com", "password": "Leaver.pass1"}
    leaver = admin.call("POST", "/users", fields)
    team = admin.call("POST", "/teams", {"name": "left", "display_name": "Left", "type": "O"})
    body = {"team_id": team["id"], "user_id": leaver["id"]}
    admin.call("POST", f"/teams/{team['id']}/members", body)
    square = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")
    person = project.sign_in("leaver", "Leaver.pass1")
    path = f"/channels/{square['id']}/posts"
    assert statuses(person, path) == {200}
    admin.call("DELETE", f"/teams/{team['id']}/members/{leaver['id']}")
    assert statuses(person, path) == {403}
