"""How bots look in the answers of REST API v4 (specification §1.9)."""

from typing import NotRequired, TypedDict

from accounts.people.models import Bot


class BotJson(TypedDict):
    """A bot."""

    user_id: str
    create_at: int
    update_at: int
    delete_at: int
    username: str
    owner_id: str
    display_name: NotRequired[str]
    description: NotRequired[str]


def bot_json(bot: Bot) -> BotJson:
    """A bot as REST shows it."""
    shown: BotJson = {
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
