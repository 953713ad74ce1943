"""What clients see of a web process whose PostgreSQL is stopped, hangs, or comes back."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from accounts.sessions.cookies import TOKEN_COOKIE
from mattermost_hooks.records import now_ms
from tests import running, servers
from tests.running import Person, RunningProject

pytestmark = pytest.mark.servers

# Refusals come within two seconds; a busy machine may take longer, but not as long as a time-out of old.
REFUSED_WITHIN_SECONDS = 6.0


@dataclass(frozen=True)
class Site:
    """A running project, its own PostgreSQL, its administrator and an incoming webhook."""

    project: RunningProject
    database: servers.PostgreSQL
    admin: Person
    hook_id: str
    channel_id: str

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return requests.request(
            method, f"{self.project.url}{path}", timeout=REFUSED_WITHIN_SECONDS, **more
        )

    def call_hook(self, text: str = "hi") -> requests.Response:
        return self.call("POST", f"/hooks/{self.hook_id}", json={"text": text})

    def calls(self) -> list[dict[str, Any]]:
        """What the log of calls has of the hook, newest first."""
        path = f"/hooks/incoming/{self.hook_id}/calls?per_page=200"
        answer: list[dict[str, Any]] = self.admin.call("GET", path)
        return answer

    def works(self) -> bool:
        return self.call_hook().status_code == 200


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with (
        servers.temporary_folder() as folder,
        servers.temporary_folder() as cluster,
        own_postgresql(cluster) as database,
        running.project(folder, DATABASE_URL=database.url, REDIS_URL="") as project,
    ):
        project.wait_until_up()
        admin = project.sign_in()
        team = admin.call("POST", "/teams", {"name": "team", "display_name": "T", "type": "O"})
        square = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")
        hook = admin.call("POST", "/hooks/incoming", {"channel_id": square["id"]})
        yield Site(project, database, admin, hook["id"], square["id"])


@pytest.fixture(autouse=True)
def _is_well_again(site: Site) -> Iterator[None]:
    """Each test begins and ends with a database that answers, known to both web processes."""
    yield
    for _ in range(6):
        running.wait_for(site.works)


@contextmanager
def own_postgresql(folder: Path) -> Iterator[servers.PostgreSQL]:
    server = servers.PostgreSQL(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def stopped(database: servers.PostgreSQL) -> Iterator[None]:
    database.stop()
    try:
        yield
    finally:
        database.start()


@contextmanager
def hanging(database: servers.PostgreSQL) -> Iterator[None]:
    database.hang()
    try:
        yield
    finally:
        database.go_on()


AWAY = pytest.mark.parametrize("away", [stopped, hanging])
Away = Callable[[servers.PostgreSQL], Any]


@AWAY
def test_programs_are_refused_at_once_in_json(site: Site, away: Away) -> None:
    token = {"Authorization": f"Bearer {site.admin.token}"}
    with away(site.database):
        answers = [
            site.call_hook(),
            site.call("GET", f"/api/v4/channels/{site.channel_id}/posts", headers=token),
            site.call("POST", "/api/v4/posts", headers=token, json={"channel_id": site.channel_id}),
            site.call("POST", "/api/v4/users/login", json={"login_id": "admin", "password": "x"}),
            site.call(
                "GET",
                f"/events/channels/{site.channel_id}",
                cookies={TOKEN_COOKIE: site.admin.token},
            ),
        ]
    for answer in answers:
        assert (answer.status_code, answer.json()["id"]) == (503, "app.database.away.app_error")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


@AWAY
@pytest.mark.parametrize("path", ["/", "/admin_console/", "/admin_console/accounts/user/"])
def test_people_are_refused_at_once_with_a_page(site: Site, away: Away, path: str) -> None:
    with away(site.database):
        answer = site.call(
            "GET",
            path,
            cookies={TOKEN_COOKIE: site.admin.token},
            headers={"Accept": "text/html,*/*"},  # as browsers say
        )
    assert answer.status_code == 503
    assert "The database does not answer" in answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert int(answer.headers["Retry-After"]) > 0


@AWAY
def test_ping_is_answered_with_the_version_of_before(site: Site, away: Away) -> None:
    version = site.call("GET", "/api/v4/system/ping").headers["X-Version-Id"]
    with away(site.database):
        for _ in range(8):
            answer = site.call("GET", "/api/v4/system/ping")
            assert (answer.status_code, answer.json()) == (200, {"status": "OK"})
            assert answer.headers["X-Version-Id"] == version
        answer = site.call("GET", "/api/v4/system/ping?get_server_status=true")
        assert (answer.status_code, answer.json()["database_status"]) == (500, "UNHEALTHY")


@AWAY
def test_many_callers_at_the_same_time_are_all_refused_in_time(site: Site, away: Away) -> None:
    with away(site.database), ThreadPoolExecutor(40) as callers:
        answers = list(callers.map(lambda _: site.call_hook(), range(120)))
    assert {answer.status_code for answer in answers} == {503}


@AWAY
def test_the_owner_of_a_hook_reads_later_what_was_refused_meanwhile(site: Site, away: Away) -> None:
    began = now_ms()
    with away(site.database):
        for _ in range(5):
            assert site.call_hook().status_code == 503
        ended = now_ms()
    running.wait_for(site.works)

    def refused() -> list[str]:
        """The error ids of what was refused."""
        meanwhile = [one for one in site.calls() if began <= one["create_at"] <= ended]
        return [one["error_id"] for one in meanwhile if one["outcome"] == "refused"]

    running.wait_for(lambda: len(refused()) >= 5)
    assert refused() == ["app.database.away.app_error"] * 5


@AWAY
def test_a_statement_that_the_end_of_the_database_meets_is_a_503(site: Site, away: Away) -> None:
    with posts_take_their_time(site.database), ThreadPoolExecutor(1) as caller:
        call = caller.submit(site.call_hook)
        running.wait_for(lambda: sleeps(site.database))
        with away(site.database):
            answer = call.result()
    assert (answer.status_code, answer.json()["id"]) == (503, "app.database.away.app_error")


def test_a_slow_statement_is_not_taken_for_a_database_that_is_away(site: Site) -> None:
    with psycopg.connect(site.database.url) as blocker, ThreadPoolExecutor(1) as caller:
        blocker.execute("LOCK TABLE channels_app_post IN ACCESS EXCLUSIVE MODE")
        call = caller.submit(site.call_hook)
        assert not threading.Event().wait(2.5)  # longer than anything that is away may take
        assert not call.done()
        blocker.rollback()
        assert call.result().status_code == 200


def test_what_was_taken_before_is_there_afterwards(site: Site) -> None:
    assert site.call_hook("before").status_code == 200
    with stopped(site.database):
        assert site.call_hook("while away").status_code == 503
    running.wait_for(lambda: site.call_hook("after").status_code == 200)
    posts = site.admin.call("GET", f"/channels/{site.channel_id}/posts?per_page=200")["posts"]
    texts = [post["message"] for post in posts.values()]
    assert {"before", "after"} <= set(texts)
    assert "while away" not in texts


def test_a_web_process_that_starts_first_serves_as_soon_as_there_is_a_database(site: Site) -> None:
    with servers.temporary_folder() as folder, ExitStack() as stack:
        with stopped(site.database):
            url, log = stack.enter_context(
                running.web_process(folder, DATABASE_URL=site.database.url)
            )
            running.wait_for(lambda: is_answered(f"{url}/api/v4/system/ping"))
            answer = requests.post(f"{url}/hooks/{site.hook_id}", json={"text": "x"}, timeout=6)
            assert (answer.status_code, answer.json()["id"]) == (503, "app.database.away.app_error")
            assert "PostgreSQL does not answer" in log.read_text()
        running.wait_for(
            lambda: requests.post(f"{url}/hooks/{site.hook_id}", json={"text": "x"}, timeout=6).ok
        )
        running.wait_for(lambda: "PostgreSQL answers again" in log.read_text())


def test_no_log_tells_a_secret(site: Site) -> None:
    """The last one: the log holds what all tests above made the project say."""
    with stopped(site.database):
        site.call_hook()
        site.call("GET", f"/api/v4/hooks/incoming/{site.hook_id}")
    said = site.project.log.read_text()
    assert "PostgreSQL does not answer" in said
    for secret in (site.hook_id, site.admin.token, running.ADMIN_PASSWORD):
        assert secret not in said


@contextmanager
def posts_take_their_time(database: servers.PostgreSQL) -> Iterator[None]:
    """Every INSERT of a post sleeps for a minute: no lock that the end of another connection might free."""
    with psycopg.connect(database.url) as connection:
        connection.execute(
            "CREATE FUNCTION sleep_a_minute() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'"
        )
        connection.execute(
            "CREATE TRIGGER slow BEFORE INSERT ON channels_app_post"
            " EXECUTE FUNCTION sleep_a_minute()"
        )
    yield
    with psycopg.connect(database.url) as connection:
        # A statement that its caller gave up may still hold the table.
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        )
        connection.execute("DROP FUNCTION sleep_a_minute CASCADE")


def sleeps(database: servers.PostgreSQL) -> bool:
    with psycopg.connect(database.url) as watcher:
        found = watcher.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        ).fetchone()
    return found is not None and found[0] > 0


def is_answered(url: str) -> bool:
    try:
        return requests.get(url, timeout=6).ok
    except requests.ConnectionError:
        return False
