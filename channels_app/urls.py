"""The addresses of teams, channels and posts: REST below /api/v4, pages at the root."""

from django.urls import path, re_path

from mattermost_hooks.endpoints import ids  # noqa: F401 - the converters of addresses

from .api import channels, posts, teams
from .pages import channel as channel_page
from .pages import emoji as emoji_page
from .pages import team as team_page

HANDLE = "[A-Za-z0-9_-]+"
POST = "(?P<post_id>[A-Za-z0-9]+)"

rest = [
    path("teams", teams.Teams.as_view()),
    path("teams/<id:team_id>", teams.OneTeam.as_view()),
    path("teams/name/<handle:name>", teams.TeamByName.as_view()),
    path("teams/<id:team_id>/members", teams.Members.as_view()),
    path("teams/<id:team_id>/members/<person:user_id>", teams.OneMember.as_view()),
    path("teams/<id:team_id>/members/<word:user_id>/roles", teams.MemberRoles.as_view()),
    path("teams/<id:team_id>/channels/name/<handle:name>", channels.ChannelByName.as_view()),
    path(
        "teams/name/<handle:team_name>/channels/name/<handle:name>",
        channels.ChannelByNames.as_view(),
    ),
    path("channels", channels.Channels.as_view()),
    path("channels/direct", channels.DirectChannels.as_view()),
    path("channels/<id:channel_id>", channels.OneChannel.as_view()),
    path("channels/<id:channel_id>/patch", channels.Patch.as_view()),
    path("channels/<id:channel_id>/members", channels.Members.as_view()),
    path("channels/members/<person:user_id>/view", channels.View.as_view()),
    path("users/<person:user_id>/channels/<id:channel_id>/unread", channels.Unread.as_view()),
    path("channels/<id:channel_id>/posts", posts.ChannelPosts.as_view()),
    path("posts", posts.Posts.as_view()),
    path("posts/<id:post_id>", posts.OnePost.as_view()),
]

# Channel handles as webhooks know them, the two ids of a direct channel included.
PLACE = rf"(?P<team_name>{HANDLE})/channels/(?P<channel_name>{HANDLE})"
MESSAGES = rf"(?P<team_name>{HANDLE})/messages"
USERNAME = r"(?P<username>[A-Za-z0-9_.-]+)"

site = [
    path("", team_page.home, name="home"),
    re_path(
        r"^emoji/(?P<code_points>[0-9a-f-]+)\.svg$", emoji_page.emoji_picture, name="emoji_picture"
    ),
]

team_pages = [
    re_path(rf"^(?P<team_name>{HANDLE})/?$", team_page.team_start, name="team"),
    re_path(rf"^{PLACE}$", channel_page.channel, name="channel"),
    re_path(rf"^{PLACE}/new$", channel_page.new_posts, name="new_posts"),
    re_path(rf"^{PLACE}/viewed$", channel_page.viewed, name="viewed"),
    re_path(rf"^{PLACE}/say$", channel_page.say, name="say"),
    re_path(rf"^{PLACE}/join$", team_page.join, name="join_channel"),
    re_path(rf"^(?P<team_name>{HANDLE})/pl/{POST}$", channel_page.permalink, name="permalink"),
    re_path(rf"^{MESSAGES}$", team_page.messages, name="messages"),
    re_path(rf"^{MESSAGES}/@{USERNAME}$", channel_page.direct, name="direct"),
    re_path(rf"^{MESSAGES}/@{USERNAME}/say$", channel_page.say_to_person, name="say_to_person"),
    re_path(rf"^(?P<team_name>{HANDLE})/browse$", team_page.browse, name="browse_channels"),
]
