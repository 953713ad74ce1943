"""REST v4: channels and their members (specification §7.2)."""

from typing import ClassVar, TypedDict

from msgspec import UNSET, UnsetType
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of, user_named
from channels_app.channels import channels, wire
from channels_app.teams import teams
from channels_app.unread import reading
from channels_app.unread.wire import UnreadJson, unread_json
from mattermost_hooks import errors
from mattermost_hooks.endpoints import bodies
from mattermost_hooks.endpoints.endpoint import DONE, Done, serves


class PatchBody(bodies.Body):
    """What changes of a channel."""

    called: ClassVar[str] = "channel"
    limits = channels.LIMITS
    name: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    header: str | UnsetType = UNSET
    purpose: str | UnsetType = UNSET


class ChannelBody(PatchBody):
    """A new channel."""

    name: str = ""
    display_name: str = ""
    type: str = ""
    team_id: str = ""


class UserIds(bodies.Texts):
    """The two people of a direct channel."""

    called: ClassVar[str] = "user_ids"


class MemberBody(bodies.Body):
    """Who is put into a channel."""

    called: ClassVar[str] = "member"
    essential = ("user_id",)
    user_id: str = ""


class ViewBody(bodies.Body):
    """Which channel has been seen."""

    called: ClassVar[str] = "channel_view"
    channel_id: str = ""


class SeenJson(TypedDict):
    """When channels were seen last, by id, in milliseconds."""

    status: str
    last_viewed_at_times: dict[str, int]


class Channels(APIView):
    """/channels."""

    @serves(
        wire.ChannelJson,
        takes=ChannelBody,
        status=201,
        raises=(errors.not_permitted, *channels.OF_A_NEW_CHANNEL),
    )
    def post(self, request: Request, body: ChannelBody) -> wire.ChannelJson:
        """A new public or private channel."""
        fields = body.given()
        team = teams.find_live(fields.pop("team_id"))
        channel = channels.create(actor=actor_of(request), team=team, **fields)
        return wire.channel_json(channel)


class OneChannel(APIView):
    """/channels/{id}."""

    @serves(wire.ChannelJson, raises=(errors.not_permitted, channels.no_such_channel))
    def get(self, request: Request, channel_id: str) -> wire.ChannelJson:
        """The channel."""
        channel = channels.read(actor=actor_of(request), channel=channels.find_shared(channel_id))
        return wire.channel_json(channel)

    @serves(
        Done,
        raises=(
            errors.not_permitted,
            channels.no_such_channel,
            channels.direct_stays,
            channels.default_stays,
        ),
    )
    def delete(self, request: Request, channel_id: str) -> Done:
        """Archive the channel."""
        channels.archive(actor=actor_of(request), channel=channels.find_shared(channel_id))
        return DONE


class Patch(APIView):
    """/channels/{id}/patch."""

    @serves(
        wire.ChannelJson,
        takes=PatchBody,
        raises=(
            errors.not_permitted,
            channels.no_such_channel,
            channels.default_keeps_its_name,
            *channels.OF_WHAT_IS_SAID,
        ),
    )
    def put(self, request: Request, channel_id: str, body: PatchBody) -> wire.ChannelJson:
        """Change what the body names."""
        channel = channels.find_shared(channel_id)
        changed = channels.patch(actor=actor_of(request), channel=channel, **body.given())
        return wire.channel_json(changed)


class ChannelByName(APIView):
    """/teams/{id}/channels/name/{name}."""

    @serves(wire.ChannelJson, raises=(teams.no_such_team, channels.no_such_name))
    def get(self, request: Request, team_id: str, name: str) -> wire.ChannelJson:
        """The channel; 404 for one that does not exist or is not for the asker to see."""
        team = teams.find(team_id)
        return wire.channel_json(
            channels.read_by_name(actor=actor_of(request), team=team, name=name)
        )


class ChannelByNames(APIView):
    """/teams/name/{name}/channels/name/{name}."""

    @serves(wire.ChannelJson, raises=(teams.no_such_name, channels.no_such_name))
    def get(self, request: Request, team_name: str, name: str) -> wire.ChannelJson:
        """The channel; 404 for one that does not exist or is not for the asker to see."""
        team = teams.find_by_name(team_name)
        return wire.channel_json(
            channels.read_by_name(actor=actor_of(request), team=team, name=name)
        )


class DirectChannels(APIView):
    """/channels/direct."""

    @serves(
        wire.ChannelJson,
        takes=UserIds,
        status=201,
        raises=(errors.not_permitted, users.no_such_account, channels.no_team_in_common),
    )
    def post(self, request: Request, body: UserIds) -> wire.ChannelJson:
        """The direct channel of two people; 201 whether it is new or not."""
        if len(body.texts) != 2:
            raise errors.invalid_body("user_ids")
        channel = channels.open_direct(actor=actor_of(request), user_ids=body.texts)
        return wire.channel_json(channel)


class Members(APIView):
    """/channels/{id}/members."""

    @serves(
        wire.ChannelMemberJson,
        takes=MemberBody,
        status=201,
        raises=(
            errors.not_permitted,
            channels.no_such_channel,
            users.no_such_account,
            teams.no_member,
        ),
    )
    def post(self, request: Request, channel_id: str, body: MemberBody) -> wire.ChannelMemberJson:
        """Put a person into the channel."""
        channel = channels.find_shared(channel_id)
        user = users.find_shared(body.user_id)
        member = channels.add_member(actor=actor_of(request), channel=channel, user=user)
        return wire.channel_member_json(member)


class View(APIView):
    """/channels/members/{user}/view."""

    @serves(
        SeenJson,
        takes=ViewBody,
        raises=(errors.not_permitted, users.no_such_account, reading.not_to_be_seen),
    )
    def post(self, request: Request, user_id: str, body: ViewBody) -> SeenJson:
        """Note that the channel in the body has been seen."""
        user = user_named(request, user_id)
        seen = reading.view(actor=actor_of(request), user=user, channel_id=body.channel_id)
        return {"status": "OK", "last_viewed_at_times": seen}


class Unread(APIView):
    """/users/{id}/channels/{id}/unread."""

    @serves(UnreadJson, raises=(errors.not_permitted, users.no_such_account))
    def get(self, request: Request, user_id: str, channel_id: str) -> UnreadJson:
        """How many posts and mentions the person has not seen."""
        user = user_named(request, user_id)
        member = reading.membership(actor=actor_of(request), user=user, channel_id=channel_id)
        return unread_json(member)
