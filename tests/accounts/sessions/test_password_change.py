"""A new password."""

import pytest

from accounts.sessions import password_change, sessions
from tests import make

pytestmark = pytest.mark.django_db


def test_a_new_password_ends_the_other_sessions() -> None:
    person = make.user()
    here, elsewhere = make.session(person), make.session(person)
    password_change.set_password(user=person, password="Another-word.1", keep=here)
    assert sessions.session_of(here.token)
    assert sessions.session_of(elsewhere.token) is None
