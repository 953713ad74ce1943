"""What a password must hold."""

from collections.abc import Callable

import pytest

from accounts.passwords import rules
from mattermost_hooks.errors import AppError

pytestmark = pytest.mark.django_db


def test_password_rules_follow_the_console(console: Callable[..., None]) -> None:
    console(PasswordSettings__Symbol=False, PasswordSettings__Number=False)
    rules.check("Longpassword")
    with pytest.raises(AppError) as refusal:
        rules.check("longpassword")
    assert refusal.value.message == (
        "Your password must contain at least 10 characters made up of at least one lowercase letter "
        "and at least one uppercase letter."
    )
