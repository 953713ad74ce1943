"""REST v4: signing in and out, access tokens."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.sessions.cookies import CSRF_COOKIE, TOKEN_COOKIE
from accounts.sessions.models import Session
from tests import make

pytestmark = pytest.mark.django_db


def test_login_answers_the_account_and_its_token(api: Any) -> None:
    person = make.user("ann")
    answer = api().post("/users/login", {"login_id": "ann", "password": make.PASSWORD})
    assert answer.json()["id"] == person.id
    assert answer.headers["Content-Type"] == "application/json"
    assert not answer.cookies
    token = answer.headers["Token"]
    for scheme in ("Bearer", "BEARER", "token"):
        client = Client(headers={"Authorization": f"{scheme} {token}"})
        assert client.get("/api/v4/users/me").json()["username"] == "ann"


def test_a_token_stands_one_blank_after_its_scheme(api: Any) -> None:
    token = make.session(make.user("ann")).token
    for header in (f"Bearer  {token}", f"token   {token}", f"Bearer{token}", f" Bearer {token}"):
        answer = Client(headers={"Authorization": header}).get("/api/v4/users/me")
        assert (answer.status_code, answer.json()["id"]) == (
            401,
            "api.context.session_expired.app_error",
        )


@pytest.mark.parametrize("login_id", [" ann", "ann ", "\tann@example.com", "ann@example.com\n"])
def test_a_login_id_with_blanks_around_it_is_nobodys(api: Any, login_id: str) -> None:
    make.user("ann")
    answer = api().post("/users/login", {"login_id": login_id, "password": make.PASSWORD})
    assert answer.status_code == 401
    assert answer.json()["id"] == "api.user.login.invalid_credentials_email_username"


def test_browsers_get_cookies_and_need_the_csrf_header_to_change_anything() -> None:
    make.user("ann")
    client = Client()
    client.post(
        "/api/v4/users/login",
        {"login_id": "ann", "password": make.PASSWORD},
        content_type="application/json",
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert client.cookies[TOKEN_COOKIE]["httponly"]
    assert client.get("/api/v4/users/me").status_code == 200
    assert client.post("/api/v4/users/logout").status_code == 401
    csrf = client.cookies[CSRF_COOKIE].value
    answer = client.post("/api/v4/users/logout", headers={"X-CSRF-Token": csrf})
    assert answer.json() == {"status": "OK"}
    assert not Session.objects.exists()


def test_ten_wrong_passwords_shut_nobody_out_but_the_address_they_came_from() -> None:
    make.user("ann")

    def login(password: str, address: str) -> Any:
        body = {"login_id": "ann", "password": password}
        client = Client(REMOTE_ADDR=address)
        return client.post("/api/v4/users/login", body, content_type="application/json")

    for _ in range(12):
        locked = login("wrong", "192.0.2.1")
    assert locked.status_code == 401
    assert locked.json()["id"] == "api.user.check_user_login_attempts.too_many.app_error"
    assert "seconds" in locked.json()["detailed_error"]
    assert 0 < int(locked.headers["Retry-After"]) <= 30
    assert login(make.PASSWORD, "192.0.2.1").status_code == 401
    assert login(make.PASSWORD, "192.0.2.2").status_code == 200


def test_a_header_outranks_the_cookies() -> None:
    ann, bob = make.user("ann"), make.user("bob")
    client = Client(headers={"Authorization": f"Bearer {make.session(bob).token}"})
    client.cookies[TOKEN_COOKIE] = make.session(ann).token
    assert client.get("/api/v4/users/me").json()["username"] == "bob"


def test_without_a_session_the_answer_is_401(api: Any) -> None:
    answer = api().get("/users/me")
    assert (answer.status_code, answer.json()["id"]) == (
        401,
        "api.context.session_expired.app_error",
    )


def test_an_access_token_acts_for_its_owner_until_it_is_revoked(
    api: Any, console: Callable[..., None]
) -> None:
    console(ServiceSettings__EnableUserAccessTokens=True)
    admin = make.admin()
    made = api(admin).post(f"/users/{admin.id}/tokens", {"description": "ci"}).json()
    client = Client(headers={"Authorization": f"Bearer {made['token']}"})
    assert client.get("/api/v4/users/me").json()["id"] == admin.id
    for action, status in (("disable", 401), ("enable", 200), ("revoke", 401)):
        body = {"token_id": made["id"]}
        assert api(admin).post(f"/users/tokens/{action}", body).json() == {"status": "OK"}
        assert client.get("/api/v4/users/me").status_code == status


def test_members_need_a_role_for_access_tokens(api: Any, console: Callable[..., None]) -> None:
    console(ServiceSettings__EnableUserAccessTokens=True)
    plain = make.user()
    trusted = make.user(roles="system_user system_user_access_token")
    body = {"description": "ci"}
    assert api(plain).post("/users/me/tokens", body).status_code == 403
    assert api(trusted).post("/users/me/tokens", body).status_code == 200
    assert api(trusted).post(f"/users/{plain.id}/tokens", body).status_code == 403
    assert api(trusted).post("/users/me/tokens", {}).status_code == 400
