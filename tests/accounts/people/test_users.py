"""People: made, changed, deactivated."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from accounts.activation import activation
from accounts.passwords import passwords
from accounts.people import users
from accounts.people.models import User
from accounts.sessions import sessions
from mattermost_hooks import process_cache
from mattermost_hooks.errors import AppError
from tests import at_once, make

pytestmark = pytest.mark.django_db


def sign_up(**changes: str) -> User:
    fields: dict[str, Any] = {
        "username": "ann",
        "email": "ann@example.com",
        "password": make.PASSWORD,
    }
    return users.create(**(fields | changes))


def test_the_first_account_becomes_administrator_and_the_next_does_not(
    console: Callable[..., None],
) -> None:
    assert sign_up().is_system_admin
    console(TeamSettings__EnableOpenServer=True)
    assert not sign_up(username="bob", email="bob@example.com").is_system_admin


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_up_on_an_empty_server_at_once_one_becomes_administrator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both_have_looked = threading.Barrier(2, timeout=20)

    def hashed(password: str) -> str:
        both_have_looked.wait()
        return "hash"

    monkeypatch.setattr(passwords, "hashed", hashed)

    def visit(name: str) -> str:
        try:
            return sign_up(username=name, email=f"{name}@example.com").roles
        except AppError as refusal:
            return refusal.id
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        came = sorted(threads.map(visit, ["ann", "bob"]))
    assert came == ["api.user.create_user.no_open_server", "system_admin system_user"]


def test_visitors_cannot_sign_up_on_a_closed_server() -> None:
    make.admin()
    with pytest.raises(AppError) as refusal:
        sign_up()
    assert refusal.value.id == "api.user.create_user.no_open_server"
    assert refusal.value.status == 403


def test_an_administrator_makes_accounts_on_a_closed_server() -> None:
    made = users.create(
        actor=make.admin(), username="Bob", email="Bob@Example.com", password=make.PASSWORD
    )
    assert (made.username, made.email) == ("bob", "bob@example.com")


@pytest.mark.parametrize(
    ("field", "value", "error_id"),
    [
        ("username", "all", "model.user.is_valid.username.app_error"),
        ("username", "with blank", "model.user.is_valid.username.app_error"),
        ("username", "x" * 65, "model.user.is_valid.username.app_error"),
        ("username", "", "model.user.is_valid.username.app_error"),
        ("email", "nonsense", "model.user.is_valid.email.app_error"),
        ("nickname", "n" * 65, "model.user.is_valid.nickname.app_error"),
        ("locale", "l" * 6, "model.user.is_valid.locale.app_error"),
        (
            "password",
            "short1A!",
            "model.user.is_valid.pwd_lowercase_uppercase_number_symbol.app_error",
        ),
        (
            "password",
            "P1!" + "a" * 80,
            "model.user.is_valid.pwd_lowercase_uppercase_number_symbol.app_error",
        ),
    ],
)
def test_what_breaks_the_limits_is_refused(field: str, value: str, error_id: str) -> None:
    with pytest.raises(AppError) as refusal:
        sign_up(**{field: value})
    assert (refusal.value.id, refusal.value.status) == (error_id, 400)


@pytest.mark.parametrize(
    ("changes", "error_id"),
    [
        ({"email": "new@example.com"}, "app.user.save.username_exists.app_error"),
        ({"username": "new"}, "app.user.save.email_exists.app_error"),
    ],
)
def test_names_and_addresses_are_taken_once(changes: dict[str, str], error_id: str) -> None:
    sign_up()
    actor = User.objects.get()
    with pytest.raises(AppError) as refusal:
        users.create(
            actor=actor,
            **(
                {"username": "ANN", "email": "ann@example.com", "password": make.PASSWORD} | changes
            ),
        )
    assert refusal.value.id == error_id


def test_a_person_is_renamed_and_the_old_name_is_free() -> None:
    ann = make.user("ann")
    token = make.session(ann).token
    assert sessions.session_of(token)
    users.rename(actor=make.admin(), user=ann, username="Anna")
    process_cache.refresh()
    assert users.find_shared(ann.id).username == "anna"
    assert sessions.session_of(token)
    assert users.by_login("ann") is None
    assert users.existing_usernames({"ann", "anna"}) == {"anna": ann.id}
    users.rename(actor=make.admin(), user=make.user(), username="ann")


@pytest.mark.parametrize("name", ["bob", "all", "two words", "", "x" * 65])
def test_nobody_gets_a_name_that_is_taken_or_breaks_the_rules(name: str) -> None:
    ann, bob = make.user("ann"), make.user("bob")
    with pytest.raises(AppError) as refusal:
        users.rename(actor=make.admin(), user=ann, username=name)
    assert (refusal.value.status, refusal.value.field) == (400, "username")
    assert set(users.usernames({ann.id, bob.id}).values()) == {"ann", "bob"}


def test_an_administrator_is_made_and_unmade_and_other_roles_stay() -> None:
    root, ann = make.admin(), make.user(roles="system_user system_post_all")
    users.set_administrator(actor=root, user=ann, administrator=True)
    ann.refresh_from_db()
    assert ann.roles == "system_admin system_user system_post_all"
    users.set_administrator(actor=ann, user=root, administrator=False)
    root.refresh_from_db()
    assert root.roles == "system_user"


def test_the_last_active_administrator_cannot_be_lost() -> None:
    root = make.admin()
    make.user(roles="system_admin system_user", delete_at=1)
    make.user(roles="system_admin system_user", is_bot=True)
    with pytest.raises(AppError, match="at least one active administrator"):
        users.set_administrator(actor=root, user=root, administrator=False)
    with pytest.raises(AppError, match="at least one active administrator"):
        activation.set_active(actor=root, user=root, active=False)
    root.refresh_from_db()
    assert root.is_staff


def test_a_bot_is_no_administrator() -> None:
    robot = make.user(is_bot=True)
    with pytest.raises(AppError, match="bot"):
        users.set_administrator(actor=make.admin(), user=robot, administrator=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda actor, user: users.rename(actor=actor, user=user, username="new"),
        lambda actor, user: users.set_administrator(actor=actor, user=user, administrator=True),
        lambda actor, user: activation.set_active(actor=actor, user=user, active=False),
    ],
)
def test_only_administrators_change_accounts(change: Callable[[User, User], None]) -> None:
    ann = make.user()
    with pytest.raises(AppError) as refusal:
        change(ann, ann)
    assert refusal.value.status == 403


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_unmake_each_other_at_once_leave_one() -> None:
    pair = [make.admin("one"), make.admin("two")]

    def unmake_the_other(number: int) -> bool:
        try:
            users.set_administrator(actor=pair[number], user=pair[1 - number], administrator=False)
        except AppError:
            return False
        return True

    for _ in range(20):  # how near they come to each other is chance
        User.objects.update(roles="system_admin system_user")
        assert sorted(at_once.do(unmake_the_other, threads=2)) == [False, True]
    assert User.objects.filter(roles__contains="system_admin").count() == 1


def test_more_names_than_a_statement_takes_are_looked_up_in_several() -> None:
    ann = make.user("ann")
    many = {f"nobody{number}" for number in range(260_000)}
    assert users.existing_usernames(many | {"ann"}) == {"ann": ann.id}
    assert users.usernames(many | {ann.id}) == {ann.id: "ann"}
