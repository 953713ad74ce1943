"""What the tests of accounts have in common."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.people.models import Bot
from tests import browsing, make


@pytest.fixture
def admin() -> Client:
    """A browser of an administrator."""
    return browsing.signed_in(make.admin("root"))


@pytest.fixture
def bot(console: Callable[..., None]) -> Bot:
    """A bot of somebody."""
    account = make.user("builder", is_bot=True)
    return Bot.objects.create(user=account, owner=make.user("owner"))
