"""REST v4: bots."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import make

pytestmark = pytest.mark.django_db


def test_bots_are_made_by_administrators_while_the_console_allows_it(
    api: Any, console: Callable[..., None]
) -> None:
    admin = make.admin()
    body = {"username": "robot", "display_name": "Robot", "description": "beeps"}
    assert api(admin).post("/bots", body).json()["id"] == "api.bot.create_disabled"
    console(ServiceSettings__EnableBotAccountCreation=True)
    assert api(make.user()).post("/bots", body).status_code == 403
    made = api(admin).post("/bots", body)
    assert (made.status_code, made.json()["owner_id"]) == (201, admin.id)
    user = api(admin).get(f"/users/{made.json()['user_id']}").json()
    assert (user["is_bot"], user["first_name"]) == (True, "Robot")
    disabled = api(admin).post(f"/bots/{user['id']}/disable").json()
    assert disabled["delete_at"] > 0
    assert api(admin).post(f"/bots/{user['id']}/enable").json()["delete_at"] == 0
