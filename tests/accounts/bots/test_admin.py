"""Bots in the System Console."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.people.models import Bot
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

ACCOUNTS = "/admin_console/accounts"


def test_a_bot_is_made_for_the_administrator(admin: Client, console: Callable[..., None]) -> None:
    console(ServiceSettings__EnableBotAccountCreation=True)
    admin.post(f"{ACCOUNTS}/bot/add/", {"username": "deployer", "description": "Deploys"})
    made = Bot.objects.get(user__username="deployer")
    assert (made.owner.username, made.description) == ("root", "Deploys")


def test_no_bot_is_made_while_the_console_forbids_it(admin: Client) -> None:
    answer = admin.post(f"{ACCOUNTS}/bot/add/", {"username": "deployer"})
    assert "Bot creation has been disabled." in text_of(answer)
    assert not Bot.objects.exists()


def test_a_bot_is_switched_off(admin: Client, bot: Bot) -> None:
    admin.post(f"{ACCOUNTS}/bot/{bot.pk}/change/", {})
    bot.refresh_from_db()
    assert bot.delete_at
    assert not bot.user.is_active
