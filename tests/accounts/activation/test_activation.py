"""Accounts switched on and off."""

import pytest

from accounts.activation import activation
from accounts.people.models import Bot
from accounts.sessions import sessions
from tests import make

pytestmark = pytest.mark.django_db


def test_deactivating_ends_sessions_and_disables_the_bots_of_the_person() -> None:
    person, robot = make.user(), make.user("robot", is_bot=True)
    Bot.objects.create(user=robot, owner=person)
    token = make.session(person).token
    activation.set_active(actor=make.admin(), user=person, active=False)
    robot.refresh_from_db()
    assert sessions.session_of(token) is None
    assert robot.delete_at
