"""REST v4: bots (specification §1.9, §6.6)."""

from typing import ClassVar

from msgspec import UNSET, UnsetType
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from mattermost_hooks import errors
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import serves

from . import bots, wire


class BotBody(bodies.Body):
    """A new bot."""

    called: ClassVar[str] = "bot"
    limits = (*bots.LIMITS, bots.DISPLAY_NAME)
    username: str = ""
    display_name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET


class Bots(APIView):
    """/bots."""

    @serves(
        wire.BotJson, takes=BotBody, status=201, raises=(errors.not_permitted, *bots.OF_A_NEW_BOT)
    )
    def post(self, request: Request, body: BotBody) -> wire.BotJson:
        """A new bot."""
        return wire.bot_json(bots.create(actor=actor_of(request), **body.given()))


class BotSwitch(APIView):
    """/bots/{id}/disable, /enable."""

    @serves(wire.BotJson, raises=(bots.no_such_bot,))
    def post(self, request: Request, bot_user_id: str, action: str) -> wire.BotJson:
        """Switch the bot off or on."""
        enabled = action == "enable"
        return wire.bot_json(
            bots.set_enabled(actor=actor_of(request), user_id=bot_user_id, enabled=enabled)
        )
