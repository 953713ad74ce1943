"""manage.py unlock."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.passwords import guesses
from tests import make

pytestmark = pytest.mark.django_db


def test_it_lets_a_person_sign_in_at_once() -> None:
    ann = make.user("ann")
    for _ in range(10):
        with guesses.counted(account=ann.id, address="192.0.2.1") as attempt:
            attempt.right = False
    assert guesses.standing(ann.id).longest_wait_ms
    said = StringIO()
    call_command("unlock", "Ann", stdout=said)
    assert said.getvalue() == "ann may sign in.\n"
    assert guesses.standing(ann.id) == guesses.Standing(0, 0)


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(CommandError, match="Nobody has the username 'nobody'"):
        call_command("unlock", "nobody")
