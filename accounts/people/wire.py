"""How accounts look in the answers of REST API v4: the keys that clients expect (specification §1)."""

from typing import Any

from . import users
from .models import User


def user_json(user: User, *, viewer: User | None) -> dict[str, Any]:
    """An account as REST shows it; only the account itself sees its notification settings."""
    shown: dict[str, Any] = {
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
        shown |= {"is_bot": True, "bot_description": bot.description if bot else ""}
    return shown
