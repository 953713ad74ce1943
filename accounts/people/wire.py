"""How accounts look in the answers of REST API v4: the keys that clients expect (specification §1)."""

from typing import Any, NotRequired, TypedDict

from . import users
from .models import User


class UserJson(TypedDict):
    """An account."""

    id: str
    create_at: int
    update_at: int
    delete_at: int
    username: str
    auth_data: str
    auth_service: str
    email: str
    nickname: str
    first_name: str
    last_name: str
    position: str
    roles: str
    locale: str
    timezone: dict[str, Any]
    disable_welcome_email: bool
    notify_props: NotRequired[dict[str, Any]]
    last_password_update: NotRequired[int]
    is_bot: NotRequired[bool]
    bot_description: NotRequired[str]


def user_json(user: User, *, viewer: User | None) -> UserJson:
    """An account as REST shows it; only the account itself sees its notification settings."""
    shown: UserJson = {
        "id": user.id,
        "create_at": user.create_at,
        "update_at": user.update_at,
        "delete_at": user.delete_at,
        "username": user.username,
        "auth_data": "",
        "auth_service": "",
        "email": user.email,
        "nickname": user.nickname,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "position": user.position,
        "roles": user.roles,
        "locale": user.locale,
        "timezone": user.timezone,
        "disable_welcome_email": False,
    }
    if viewer is not None and viewer.id == user.id:
        shown["notify_props"] = user.notify_props
        shown["last_password_update"] = user.last_password_update
    if user.is_bot:
        bot = users.bot_of(user)
        shown["is_bot"] = True
        shown["bot_description"] = bot.description if bot else ""
    return shown
