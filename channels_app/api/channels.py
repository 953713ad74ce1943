"""REST v4: channels and their members (specification §7.2)."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of, user_named
from channels_app.channels import channels, wire
from channels_app.membership.models import Channel
from channels_app.teams import teams
from channels_app.unread import reading
from channels_app.unread.wire import unread_json
from mattermost_hooks import errors, rest

from .teams import team_named

PATCH_FIELDS = dict.fromkeys(["name", "display_name", "header", "purpose"], str)
CHANNEL_FIELDS = PATCH_FIELDS | dict.fromkeys(["team_id", "type"], str)


def channel_named(channel_id: str) -> Channel:
    """The channel that the URL names."""
    return channels.find_shared(rest.check_id(channel_id, "channel_id"))


class Channels(APIView):
    """POST /channels."""

    def post(self, request: Request) -> Response:
        """A new public or private channel, 201."""
        fields = {"name": "", "display_name": "", "type": "", "team_id": ""}
        fields |= rest.read_fields(request, "channel", CHANNEL_FIELDS)
        team = teams.find_live(fields.pop("team_id"))
        channel = channels.create(actor=actor_of(request), team=team, **fields)
        return Response(wire.channel_json(channel), status=201)


class OneChannel(APIView):
    """GET and DELETE /channels/{id}."""

    def get(self, request: Request, channel_id: str) -> Response:
        """The channel."""
        channel = channels.read(actor=actor_of(request), channel=channel_named(channel_id))
        return Response(wire.channel_json(channel))

    def delete(self, request: Request, channel_id: str) -> Response:
        """Archive the channel."""
        channels.archive(actor=actor_of(request), channel=channel_named(channel_id))
        return rest.ok()


class Patch(APIView):
    """PUT /channels/{id}/patch."""

    def put(self, request: Request, channel_id: str) -> Response:
        """Change what the body names."""
        channel = channel_named(channel_id)
        fields = rest.read_fields(request, "channel", PATCH_FIELDS)
        changed = channels.patch(actor=actor_of(request), channel=channel, **fields)
        return Response(wire.channel_json(changed))


class ChannelByName(APIView):
    """GET /teams/{id}/channels/name/{name}."""

    def get(self, request: Request, team_id: str, name: str) -> Response:
        """The channel; 404 for one that does not exist or is not for the asker to see."""
        team = team_named(team_id)
        return Response(
            wire.channel_json(channels.read_by_name(actor=actor_of(request), team=team, name=name))
        )


class ChannelByNames(APIView):
    """GET /teams/name/{name}/channels/name/{name}."""

    def get(self, request: Request, team_name: str, name: str) -> Response:
        """The channel; 404 for one that does not exist or is not for the asker to see."""
        team = teams.find_by_name(team_name)
        return Response(
            wire.channel_json(channels.read_by_name(actor=actor_of(request), team=team, name=name))
        )


class DirectChannels(APIView):
    """POST /channels/direct."""

    def post(self, request: Request) -> Response:
        """The direct channel of two people, 201 whether it is new or not."""
        ids = rest.read_ids(request, "user_ids")
        if len(ids) != 2:
            raise errors.invalid_body("user_ids")
        channel = channels.open_direct(actor=actor_of(request), user_ids=ids)
        return Response(wire.channel_json(channel), status=201)


class Members(APIView):
    """POST /channels/{id}/members."""

    def post(self, request: Request, channel_id: str) -> Response:
        """Put a person into the channel, 201."""
        channel = channel_named(channel_id)
        fields = rest.read_fields(request, "member", {"user_id": str})
        if not fields.get("user_id"):
            raise errors.invalid_body("user_id")
        user = users.find_shared(fields["user_id"])
        member = channels.add_member(actor=actor_of(request), channel=channel, user=user)
        return Response(wire.channel_member_json(member), status=201)


class View(APIView):
    """POST /channels/members/{user}/view."""

    def post(self, request: Request, user_id: str) -> Response:
        """Note that the channel in the body has been seen."""
        user = user_named(request, user_id)
        fields = rest.read_fields(request, "channel_view", {"channel_id": str})
        seen = reading.view(
            actor=actor_of(request), user=user, channel_id=fields.get("channel_id", "")
        )
        return Response({"status": "OK", "last_viewed_at_times": seen})


class Unread(APIView):
    """GET /users/{id}/channels/{id}/unread."""

    def get(self, request: Request, user_id: str, channel_id: str) -> Response:
        """How many posts and mentions the person has not seen."""
        user = user_named(request, user_id)
        channel_id = rest.check_id(channel_id, "channel_id")
        member = reading.membership(actor=actor_of(request), user=user, channel_id=channel_id)
        return Response(unread_json(member))
