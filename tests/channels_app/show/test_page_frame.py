"""What every page of a team has around it, errors too."""

from typing import Any

import pytest
from django.db import OperationalError

from accounts.people.models import User
from channels_app.channels import channels
from channels_app.show import page_frame
from channels_app.teams import teams
from tests import browsing, make

pytestmark = pytest.mark.django_db

NAVIGATION = '<nav class="sidebar"'


@pytest.fixture
def ann() -> User:
    """A member of the teams demo and other."""
    made = make.user("ann")
    make.team(made, name="demo")
    make.team(made, name="other")
    return made


def fails(*_: object, **__: object) -> Any:
    """What nobody foresaw."""
    raise RuntimeError("unforeseen")


@pytest.mark.parametrize(
    ("path", "status", "team"),
    [
        ("/demo/channels/nosuch", 404, "demo"),
        ("/other/channels/nosuch", 404, "other"),
        ("/nosuch/channels/town-square", 404, "demo"),
        ("/no/such/address", 404, "demo"),
        ("/admin_console/login/", 403, "demo"),
    ],
)
def test_an_error_stands_beside_the_sidebar_of_the_team_it_is_about(
    ann: User, path: str, status: int, team: str
) -> None:
    response = browsing.signed_in(ann).get(path, headers={"Accept": "text/html"})
    page = browsing.text_of(response)
    assert response.status_code == status
    assert NAVIGATION in page
    assert f'href="/{team}/channels/town-square"' in page
    assert f'<a href="/{team}">Back to {team.title()}</a>' in page


def test_what_nobody_foresaw_stands_there_too(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "open_to_user", fails)
    client = browsing.signed_in(ann)
    client.raise_request_exception = False
    response = client.get("/demo/browse")
    page = browsing.text_of(response)
    assert response.status_code == 500
    assert NAVIGATION in page
    assert response.headers["X-Request-Id"] in page


def test_an_error_is_shown_without_the_sidebar_where_that_fails(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_frame, "sidebar", fails)
    response = browsing.signed_in(ann).get("/demo/channels/nosuch")
    page = browsing.text_of(response)
    assert response.status_code == 404
    assert NAVIGATION not in page
    assert "Back to the start" in page


def test_who_waited_for_the_database_does_not_wait_for_the_sidebar(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_away(*_: object, **__: object) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    def asked(*_: object, **__: object) -> Any:
        pytest.fail("the sidebar was looked up")

    client = browsing.signed_in(ann)
    monkeypatch.setattr(teams, "find_by_name", is_away)
    monkeypatch.setattr(page_frame, "_shell", asked)
    response = client.get("/demo/channels/town-square")
    assert response.status_code == 503
    assert NAVIGATION not in browsing.text_of(response)


def test_visitors_and_people_without_a_team_get_the_error_alone(client: Any) -> None:
    loner = browsing.signed_in(make.user())
    for reader in (client, loner):
        page = browsing.text_of(reader.get("/no/such/address", headers={"Accept": "text/html"}))
        assert NAVIGATION not in page
        assert "Back to the start" in page


def test_no_other_page_pays_for_the_sidebar_of_errors(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_frame, "_shell", fails)
    assert client.get("/login").status_code == 200
