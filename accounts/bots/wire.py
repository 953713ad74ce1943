"""How bots look in the answers of REST API v4 (specification §1.9)."""

from typing import Any

from accounts.people.models import Bot


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
