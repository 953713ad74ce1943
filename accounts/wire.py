"""How accounts look in the answers of REST API v4: the keys that clients expect (specification §1)."""

from typing import Any

from .models import AccessToken, Bot, User


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
        bot = Bot.objects.filter(user=user).first()
        shown |= {"is_bot": True, "bot_description": bot.description if bot else ""}
    return shown


def token_json(token: AccessToken, *, secret: bool) -> dict[str, Any]:
    """A token as REST shows it; with its secret only when it has just been made."""
    shown = {
        "id": token.id,
        "user_id": token.user_id,
        "description": token.description,
        "is_active": token.is_active,
    }
    return shown | ({"token": token.token} if secret else {})


def bot_json(bot: Bot) -> dict[str, Any]:
    """A bot as REST shows it."""
    shown: dict[str, Any] = {
        "user_id": bot.user_id,
        "create_at": bot.create_at,
        "update_at": bot.update_at,
        "delete_at": bot.delete_at,
        "username": bot.user.username,
        "owner_id": bot.owner_id,
    }
    if bot.user.first_name:
        shown["display_name"] = bot.user.first_name
    if bot.description:
        shown["description"] = bot.description
    return shown
