"""REST v4: people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests import make

pytestmark = pytest.mark.django_db


def test_others_do_not_see_how_a_person_is_notified(api: Any) -> None:
    ann, bob = make.user("ann"), make.user("bob")
    assert "notify_props" in api(ann).get(f"/users/{ann.id}").json()
    shown = api(bob).get("/users/username/ann").json()
    assert "notify_props" not in shown
    assert "password" not in shown


def test_ids_that_cannot_be_are_400_and_unknown_ones_404(api: Any) -> None:
    as_ann = api(make.user())
    assert as_ann.get("/users/abc").status_code == 400
    assert as_ann.get(f"/users/{'v' * 26}").status_code == 404
    assert as_ann.get("/users/username/nobody").status_code == 404


def test_an_open_server_takes_new_accounts_from_visitors(
    api: Any, console: Callable[..., None]
) -> None:
    console(TeamSettings__EnableOpenServer=True)
    make.admin()
    body = {"username": "new", "email": "new@example.com", "password": make.PASSWORD}
    answer = api().post("/users", body)
    assert (answer.status_code, answer.json()["roles"]) == (201, "system_user")
    assert api().post("/users", body).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"username": 7}', b"\xff\xfe"])
def test_a_body_that_is_no_object_is_a_400_that_names_it(body: bytes) -> None:
    answer = Client().post("/api/v4/users", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["message"] == "Invalid or missing user in request body."
