"""Signing in, and what a token stands for."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts import sessions, users
from accounts.models import AccessToken, Session
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import new_id, now_ms
from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("login_id", ["ann", "ANN", "ann@example.com", " Ann@Example.com "])
def test_people_sign_in_by_name_or_address_in_any_letter_case(login_id: str) -> None:
    person = make.user("ann")
    assert sessions.sign_in(login_id=login_id, password=make.PASSWORD).user_id == person.id


@pytest.mark.parametrize(("login_id", "password"), [("ann", "wrong"), ("nobody", make.PASSWORD)])
def test_wrong_name_and_wrong_password_get_the_same_answer(login_id: str, password: str) -> None:
    make.user("ann")
    with pytest.raises(AppError) as refusal:
        sessions.sign_in(login_id=login_id, password=password)
    assert refusal.value.id == "api.user.login.invalid_credentials_email_username"
    assert refusal.value.status == 401


def test_too_many_wrong_passwords_lock_the_account_even_for_the_right_one(
    console: Callable[..., None],
) -> None:
    console(ServiceSettings__MaximumLoginAttempts=2)
    make.user("ann")
    for _ in range(2):
        with pytest.raises(AppError):
            sessions.sign_in(login_id="ann", password="wrong")
    with pytest.raises(AppError) as refusal:
        sessions.sign_in(login_id="ann", password=make.PASSWORD)
    assert refusal.value.id == "api.user.check_user_login_attempts.too_many.app_error"


def test_the_right_password_starts_the_count_of_wrong_ones_anew() -> None:
    person = make.user("ann", failed_attempts=9)
    sessions.sign_in(login_id="ann", password=make.PASSWORD)
    person.refresh_from_db()
    assert person.failed_attempts == 0


@pytest.mark.parametrize(
    ("fields", "error_id"),
    [
        ({"is_bot": True}, "api.user.login.bot_login_forbidden.app_error"),
        ({"delete_at": 1}, "api.user.login.inactive.app_error"),
    ],
)
def test_bots_and_the_deactivated_cannot_sign_in(fields: dict[str, int], error_id: str) -> None:
    make.user("ann", **fields)
    with pytest.raises(AppError) as refusal:
        sessions.sign_in(login_id="ann", password=make.PASSWORD)
    assert (refusal.value.id, refusal.value.status) == (error_id, 401)


def test_an_expired_session_is_none() -> None:
    session = make.session(make.user())
    Session.objects.filter(id=session.id).update(expires_at=1)
    assert sessions.session_of(session.token) is None


def test_access_tokens_work_only_while_the_console_allows_them_but_always_for_bots(
    console: Callable[..., None],
) -> None:
    person, robot = make.user(), make.user(is_bot=True)
    of_person = AccessToken.objects.create(user=person, description="ci").token
    of_robot = AccessToken.objects.create(user=robot, description="ci").token
    assert sessions.access_token_owner(of_person) is None
    assert sessions.access_token_owner(of_robot) == robot
    console(ServiceSettings__EnableUserAccessTokens=True)
    assert sessions.access_token_owner(of_person) == person


def test_an_overlong_device_id_is_refused_by_name() -> None:
    make.user("ann")
    with pytest.raises(AppError) as refusal:
        sessions.sign_in(login_id="ann", password=make.PASSWORD, device_id="x" * 513)
    assert (refusal.value.status, "device_id" in refusal.value.detail) == (400, True)


@pytest.mark.servers
@pytest.mark.parametrize("token", ["", "x", "\0" * 26, "é" * 26, "x" * 26])
def test_a_token_that_cannot_be_one_stands_for_nobody(token: str) -> None:
    assert sessions.session_of(token) is None
    assert sessions.access_token_owner(token) is None


# --- What a process remembers of them -----------------------------------------------------------------


def test_a_token_in_use_is_looked_up_once(django_assert_num_queries: Any) -> None:
    session = make.session(make.user())
    sessions.session_of(session.token)
    with django_assert_num_queries(0):
        assert sessions.session_of(session.token)


def test_tokens_that_do_not_exist_are_not_remembered() -> None:
    token = new_id()
    assert sessions.session_of(token) is None
    Session.objects.create(user=make.user(), token=token, expires_at=now_ms() + 1000)
    assert sessions.session_of(token)


@pytest.mark.parametrize(
    "end",
    [
        lambda session: sessions.sign_out(session=session),
        lambda session: users.set_password(user=session.user, password=make.PASSWORD),
        lambda session: users.set_active(actor=make.admin(), user=session.user, active=False),
    ],
)
def test_a_remembered_session_that_ends_is_refused_at_once(
    end: Callable[[Session], object],
) -> None:
    session = make.session(make.user())
    assert sessions.session_of(session.token)
    end(session)
    assert sessions.session_of(session.token) is None


def test_what_ended_with_an_account_stays_ended_when_the_account_comes_back() -> None:
    admin, person = make.admin(), make.user()
    token = make.session(person).token
    assert sessions.session_of(token)
    users.set_active(actor=admin, user=person, active=False)
    users.set_active(actor=admin, user=person, active=True)
    assert sessions.session_of(token) is None


# --- Pruning ------------------------------------------------------------------------------------------


def test_sessions_are_kept_for_a_while_after_they_ended(console: Callable[..., None]) -> None:
    console(DataRetentionSettings__SessionRetentionDays=7)
    person, day = make.user(), sessions.DAY_MS
    for age in (6, 8, 9):
        Session.objects.create(user=person, expires_at=now_ms() - age * day)
    Session.objects.create(user=person, expires_at=0)
    assert sessions.prune(most=1) == 1
    assert sessions.prune(most=10) == 1
    assert Session.objects.count() == 2
