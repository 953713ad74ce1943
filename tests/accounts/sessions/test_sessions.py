"""Signing in, and what a token stands for."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password

from accounts.activation import activation
from accounts.passwords import passwords
from accounts.passwords.passwords import Verdict
from accounts.people import users
from accounts.people.models import User
from accounts.sessions import browsers, password_change, sessions
from accounts.sessions.models import AccessToken, Session
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import new_id, now_ms
from mattermost_hooks.settings import PASSWORD_HASHERS as PRODUCT_HASHERS
from tests import make

pytestmark = pytest.mark.django_db


HERE = "192.0.2.1"
ELSEWHERE = "192.0.2.2"
TOO_MANY = "api.user.check_user_login_attempts.too_many.app_error"


def sign_in(login_id: str = "ann", password: str = make.PASSWORD, **more: str) -> Session:
    return sessions.sign_in(login_id=login_id, password=password, **{"address": HERE} | more)


def refusal(login_id: str = "ann", password: str = make.PASSWORD, **more: str) -> AppError:
    with pytest.raises(AppError) as caught:
        sign_in(login_id, password, **more)
    return caught.value


@pytest.mark.parametrize("login_id", ["ann", "ANN", "ann@example.com", "Ann@Example.com"])
def test_people_sign_in_by_name_or_address_in_any_letter_case(login_id: str) -> None:
    person = make.user("ann")
    assert sign_in(login_id).user_id == person.id


@pytest.mark.parametrize(("login_id", "password"), [("ann", "wrong"), ("nobody", make.PASSWORD)])
def test_wrong_name_and_wrong_password_get_the_same_answer(login_id: str, password: str) -> None:
    make.user("ann")
    refused = refusal(login_id, password)
    assert refused.id == "api.user.login.invalid_credentials_email_username"
    assert refused.status == 401


@pytest.mark.parametrize("login_id", ["ann", "nobody"])
def test_too_many_wrong_passwords_make_their_place_wait_whether_or_not_the_name_exists(
    login_id: str, console: Callable[..., None]
) -> None:
    console(ServiceSettings__MaximumLoginAttempts=2)
    make.user("ann")
    for _ in range(2):
        assert "invalid_credentials" in refusal(login_id, "wrong").id
    refused = refusal(login_id)
    assert (refused.id, refused.status) == (TOO_MANY, 401)
    assert 0 < refused.retry_after_seconds <= 30


def test_all_names_of_an_account_are_counted_together(console: Callable[..., None]) -> None:
    console(ServiceSettings__MaximumLoginAttempts=3)
    person = make.user("ann")
    for name in ("ann", "Ann@example.com", person.id):
        refusal(name, "wrong")
    assert refusal().id == TOO_MANY


def test_the_owner_gets_in_from_elsewhere_however_much_somebody_guesses() -> None:
    person = make.user("ann")
    for _ in range(30):
        refusal(password="wrong")
    assert sign_in(address=ELSEWHERE).user_id == person.id
    assert refusal().id == TOO_MANY


def test_a_browser_that_was_here_before_gets_in_beside_a_guesser_at_the_same_address() -> None:
    person = make.user("ann")
    browser = browsers.remember(person, known="")
    for _ in range(200):
        refusal(f"someone{_}", "wrong")
    refused = refusal()
    assert (refused.id, refused.status) == ("api.user.login.too_many_from_address.app_error", 429)
    assert sign_in(browser=browser).user_id == person.id


def test_a_known_browser_is_slowed_like_everybody_and_known_to_its_account_only(
    console: Callable[..., None],
) -> None:
    console(ServiceSettings__MaximumLoginAttempts=2)
    browser = browsers.remember(make.user("ann"), known="")
    make.user("bob")
    for name in ("ann", "bob"):
        for _ in range(2):
            refusal(name, "wrong", browser=browser)
        assert refusal(name, browser=browser).id == TOO_MANY
    assert sign_in("ann")
    assert refusal("bob").id == TOO_MANY


def test_unlocking_lets_the_owner_in_at_once(console: Callable[..., None]) -> None:
    console(ServiceSettings__MaximumLoginAttempts=2)
    person = make.user("ann")
    for number in range(200):
        refusal("ann" if number < 2 else f"someone{number}", "wrong")
    assert refusal().status in (401, 429)
    users.unlock(user=person)
    assert sign_in()


def test_the_right_password_starts_the_count_of_wrong_ones_anew(
    console: Callable[..., None],
) -> None:
    console(ServiceSettings__MaximumLoginAttempts=2)
    make.user("ann")
    for _ in range(4):
        assert refusal(password="wrong").id != TOO_MANY
        assert sign_in()


@pytest.mark.parametrize(
    ("fields", "error_id"),
    [
        ({"is_bot": True}, "api.user.login.bot_login_forbidden.app_error"),
        ({"delete_at": 1}, "api.user.login.inactive.app_error"),
    ],
)
def test_bots_and_the_deactivated_cannot_sign_in(fields: dict[str, int], error_id: str) -> None:
    make.user("ann", **fields)
    refused = refusal()
    assert (refused.id, refused.status) == (error_id, 401)


def test_only_who_knows_the_password_learns_that_an_account_is_deactivated() -> None:
    make.user("ann", delete_at=1)
    assert "invalid_credentials" in refusal(password="wrong").id


def test_an_outdated_hash_is_replaced_when_its_owner_signs_in(settings: Any) -> None:
    make.user("ann")
    pbkdf2 = make_password(make.PASSWORD, hasher=PBKDF2PasswordHasher())
    User.objects.update(password=pbkdf2)
    settings.PASSWORD_HASHERS = PRODUCT_HASHERS
    refusal(password="wrong")
    assert User.objects.get().password == pbkdf2
    assert sign_in()
    renewed = User.objects.get().password
    assert renewed.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in()
    assert User.objects.get().password == renewed


def test_a_password_changed_while_it_is_compared_opens_no_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = make.user("ann")

    def slow(password: str, encoded: str) -> Verdict:
        password_change.set_password(user=person, password="Another-word.1")
        return Verdict(right=True, renewed="an old hash")

    monkeypatch.setattr(passwords, "verify", slow)
    assert "invalid_credentials" in refusal().id
    assert not Session.objects.exists()
    person.refresh_from_db()
    assert person.check_password("Another-word.1")


def test_who_finds_the_line_full_costs_no_look_up(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(passwords, "_places", full)
    with django_assert_num_queries(0):
        refused = refusal()
    assert (refused.status, refused.headers) == (429, {"Retry-After": "1"})


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
    refused = refusal(device_id="x" * 513)
    assert (refused.status, "device_id" in refused.detail) == (400, True)


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
        lambda session: password_change.set_password(user=session.user, password=make.PASSWORD),
        lambda session: activation.set_active(actor=make.admin(), user=session.user, active=False),
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
    activation.set_active(actor=admin, user=person, active=False)
    activation.set_active(actor=admin, user=person, active=True)
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
