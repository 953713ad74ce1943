"""REST v4: bots (specification §1.9, §6.6)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from mattermost_hooks import rest

from . import bots, wire


class Bots(APIView):
    """POST /bots."""

    def post(self, request: Request) -> Response:
        """A new bot, 201."""
        shape = dict.fromkeys(["username", "display_name", "description"], str)
        fields = {"username": ""} | rest.read_fields(request, "bot", shape)
        bot = bots.create(actor=actor_of(request), **fields)
        return Response(wire.bot_json(bot), status=201)


class BotSwitch(APIView):
    """POST /bots/{id}/disable, /enable."""

    def post(self, request: Request, bot_user_id: str, action: str) -> Response:
        """Switch the bot off or on."""
        user_id = rest.check_id(bot_user_id, "bot_user_id")
        enabled = action == "enable"
        bot = bots.set_enabled(actor=actor_of(request), user_id=user_id, enabled=enabled)
        return Response(wire.bot_json(bot))
