"""People in the System Console."""

from typing import Any

import pytest
from django.test import Client

from accounts.passwords import guesses
from accounts.people.models import Bot, User
from accounts.sessions.models import Session
from tests import make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

ACCOUNTS = "/admin_console/accounts"
NEW = "Another-horse.7"


def _guess_at(account: User) -> None:
    for _ in range(10):
        with guesses.counted(account=account.id, address="192.0.2.1") as attempt:
            attempt.right = False


def _as_is(person: User) -> dict[str, str]:
    """The form of an active person, as the page gives it."""
    return {"username": person.username, "active": "on"}


def _errors(answer: Any) -> dict[str, list[str]]:
    """What the form says, by field."""
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def _change(of: User) -> str:
    return f"{ACCOUNTS}/user/{of.id}/change/"


def test_people_are_found_by_name_and_bots_are_not_among_them(admin: Client, bot: Bot) -> None:
    make.user("ann")
    page = text_of(admin.get(f"{ACCOUNTS}/user/", {"q": "ann"}))
    assert "ann@example.com" in page
    assert "root@example.com" not in page.split("<table")[1]
    assert "builder" not in text_of(admin.get(f"{ACCOUNTS}/user/"))


def test_a_new_account_can_sign_in(admin: Client) -> None:
    fields = {"username": "Ann", "email": "ann@example.com", "password": NEW}
    answer = admin.post(f"{ACCOUNTS}/user/add/", fields)
    assert answer.status_code == 302
    ann = User.objects.get(username="ann")
    assert ann.check_password(NEW)
    assert not ann.is_system_admin


def test_the_rules_for_accounts_hold_and_the_input_stays(admin: Client) -> None:
    fields = {"username": "ann", "email": "ann@example.com", "password": "short"}
    answer = admin.post(f"{ACCOUNTS}/user/add/", fields)
    errors = _errors(answer)
    assert list(errors) == ["password"]
    assert errors["password"][0].startswith("A password has at least 10 characters")
    assert 'value="ann@example.com"' in text_of(answer)
    assert "short" not in text_of(answer).split('name="password"')[1][:300]
    assert not User.objects.filter(username="ann").exists()


def test_a_taken_name_is_refused(admin: Client) -> None:
    fields = {"username": "root", "email": "other@example.com", "password": NEW}
    answer = admin.post(f"{ACCOUNTS}/user/add/", fields)
    assert "An account with that username already exists." in text_of(answer)


def test_a_new_password_unlocks_and_ends_sessions(admin: Client) -> None:
    ann = make.user("ann")
    make.session(ann)
    _guess_at(ann)
    assert "10, the next try waits 30 s" in text_of(admin.get(_change(ann)))
    admin.post(_change(ann), _as_is(ann) | {"new_password": NEW})
    ann.refresh_from_db()
    assert ann.check_password(NEW)
    assert guesses.standing(ann.id).wrong == 0
    assert not Session.objects.filter(user=ann).exists()


def test_accounts_are_unlocked_from_the_list(admin: Client) -> None:
    ann = make.user("ann")
    _guess_at(ann)
    chosen = {"action": "unlock", "_selected_action": [ann.id]}
    assert "Unlocked" in text_of(admin.post(f"{ACCOUNTS}/user/", chosen, follow=True))
    assert guesses.standing(ann.id).wrong == 0


def test_a_weak_new_password_changes_nothing(admin: Client) -> None:
    ann = make.user("ann")
    answer = admin.post(_change(ann), _as_is(ann) | {"new_password": "short"})
    assert list(_errors(answer)) == ["new_password"]
    ann.refresh_from_db()
    assert ann.check_password(make.PASSWORD)
    assert ann.is_active


def test_switching_an_account_off_deactivates_it(admin: Client) -> None:
    ann = make.user("ann")
    make.session(ann)
    admin.post(_change(ann), {"username": "ann"})
    ann.refresh_from_db()
    assert not ann.is_active
    assert ann.check_password(make.PASSWORD)
    assert not Session.objects.filter(user=ann).exists()


def test_a_field_that_the_form_does_not_have_changes_nothing(admin: Client) -> None:
    ann = make.user("ann")
    admin.post(_change(ann), _as_is(ann) | {"roles": "system_admin", "email": "eve@example.com"})
    ann.refresh_from_db()
    assert (ann.email, ann.is_system_admin) == ("ann@example.com", False)


def test_a_person_is_renamed(admin: Client) -> None:
    ann = make.user("ann")
    assert admin.post(_change(ann), _as_is(ann) | {"username": "Anna"}).status_code == 302
    ann.refresh_from_db()
    assert (ann.username, ann.is_active) == ("anna", True)


@pytest.mark.parametrize("name", ["root", "two words", ""])
def test_a_name_that_is_taken_or_breaks_the_rules_is_refused_at_its_field(
    admin: Client, name: str
) -> None:
    ann = make.user("ann")
    answer = admin.post(_change(ann), {"username": name, "new_password": NEW})
    assert list(_errors(answer)) == ["username"]
    ann.refresh_from_db()
    assert (ann.username, ann.is_active) == ("ann", True)
    assert ann.check_password(make.PASSWORD)


def test_a_person_becomes_an_administrator_and_is_one_no_longer(admin: Client) -> None:
    ann = make.user("ann")
    admin.post(_change(ann), _as_is(ann) | {"administrator": "on"})
    ann.refresh_from_db()
    assert ann.is_system_admin
    admin.post(_change(ann), _as_is(ann))
    ann.refresh_from_db()
    assert not ann.is_system_admin


@pytest.mark.parametrize("switch", ["administrator", "active"])
def test_the_last_administrator_stays_one_and_is_told_at_the_switch(
    admin: Client, switch: str
) -> None:
    root = User.objects.get()
    fields = {"username": "root", "administrator": "on", "active": "on"}
    answer = admin.post(_change(root), {name: fields[name] for name in fields if name != switch})
    assert _errors(answer) == {switch: ["There must be at least one active administrator."]}
    root.refresh_from_db()
    assert (root.is_system_admin, root.is_active) == (True, True)


@pytest.mark.parametrize(
    ("action", "before", "active"), [("deactivate", 0, False), ("activate", 1, True)]
)
def test_many_accounts_are_switched_at_once(
    admin: Client, action: str, before: int, active: bool
) -> None:
    people = [make.user(delete_at=before), make.user(delete_at=before)]
    chosen = [one.id for one in people]
    answer = admin.post(
        f"{ACCOUNTS}/user/", {"action": action, "_selected_action": chosen}, follow=True
    )
    assert "tivated: 2" in text_of(answer)
    assert all(one.is_active is active for one in User.objects.filter(id__in=chosen))


def test_accounts_cannot_be_deleted(admin: Client) -> None:
    ann = make.user("ann")
    assert admin.post(f"{ACCOUNTS}/user/{ann.id}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [ann.id], "post": "yes"}
    admin.post(f"{ACCOUNTS}/user/", chosen)
    assert User.objects.filter(id=ann.id).exists()
