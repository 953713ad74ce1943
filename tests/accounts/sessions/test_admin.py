"""Access tokens and sessions in the System Console."""

import pytest
from django.test import Client

from accounts.people.models import Bot
from accounts.sessions.models import AccessToken, Session
from tests import make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

ACCOUNTS = "/admin_console/accounts"


def test_the_secret_of_a_token_is_on_no_page(admin: Client, bot: Bot) -> None:
    token = AccessToken.objects.create(user=bot.user, description="CI")
    pages = [f"{ACCOUNTS}/accesstoken/", f"{ACCOUNTS}/accesstoken/{token.id}/change/"]
    for page in pages:
        assert "CI" in text_of(admin.get(page))
        assert token.token not in text_of(admin.get(page))


def test_the_secret_of_a_session_is_on_no_page(admin: Client) -> None:
    session = make.session(make.user("ann"))
    pages = [f"{ACCOUNTS}/session/", f"{ACCOUNTS}/session/{session.id}/change/"]
    for page in pages:
        assert "ann" in text_of(admin.get(page))
        assert session.token not in text_of(admin.get(page))
        assert session.csrf not in text_of(admin.get(page))


@pytest.mark.parametrize(("action", "before"), [("disable", True), ("enable", False)])
def test_tokens_are_switched(admin: Client, bot: Bot, action: str, before: bool) -> None:
    token = AccessToken.objects.create(user=bot.user, description="CI", is_active=before)
    admin.post(f"{ACCOUNTS}/accesstoken/", {"action": action, "_selected_action": [token.id]})
    token.refresh_from_db()
    assert token.is_active is not before


def test_deleting_a_token_revokes_it(admin: Client, bot: Bot) -> None:
    token = AccessToken.objects.create(user=bot.user, description="CI")
    admin.post(f"{ACCOUNTS}/accesstoken/{token.id}/delete/", {"post": "yes"})
    assert not AccessToken.objects.exists()


def test_deleting_a_session_signs_its_owner_out(admin: Client) -> None:
    session = make.session(make.user("ann"))
    admin.post(f"{ACCOUNTS}/session/{session.id}/delete/", {"post": "yes"})
    assert not Session.objects.filter(id=session.id).exists()
