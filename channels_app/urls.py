"""The addresses of teams, channels and posts: REST below /api/v4, pages at the root."""

from django.urls import path, re_path

from .api import channels, posts, teams
from .pages import channel as channel_page
from .pages import emoji as emoji_page
from .pages import team as team_page

WORD = "[A-Za-z0-9]+"
HANDLE = "[A-Za-z0-9_-]+"
TEAM = rf"(?P<team_id>{WORD})"
CHANNEL = rf"(?P<channel_id>{WORD})"
USER = rf"(?P<user_id>{WORD})"
POST = rf"(?P<post_id>{WORD})"

rest = [
    path("teams", teams.Teams.as_view()),
    re_path(rf"^teams/{TEAM}$", teams.OneTeam.as_view()),
    re_path(rf"^teams/name/(?P<name>{HANDLE})$", teams.TeamByName.as_view()),
    re_path(rf"^teams/{TEAM}/members$", teams.Members.as_view()),
    re_path(rf"^teams/{TEAM}/members/{USER}$", teams.OneMember.as_view()),
    re_path(rf"^teams/{TEAM}/members/{USER}/roles$", teams.MemberRoles.as_view()),
    re_path(rf"^teams/{TEAM}/channels/name/(?P<name>{HANDLE})$", channels.ChannelByName.as_view()),
    re_path(
        rf"^teams/name/(?P<team_name>{HANDLE})/channels/name/(?P<name>{HANDLE})$",
        channels.ChannelByNames.as_view(),
    ),
    path("channels", channels.Channels.as_view()),
    path("channels/direct", channels.DirectChannels.as_view()),
    re_path(rf"^channels/{CHANNEL}$", channels.OneChannel.as_view()),
    re_path(rf"^channels/{CHANNEL}/patch$", channels.Patch.as_view()),
    re_path(rf"^channels/{CHANNEL}/members$", channels.Members.as_view()),
    re_path(rf"^channels/members/{USER}/view$", channels.View.as_view()),
    re_path(rf"^users/{USER}/channels/{CHANNEL}/unread$", channels.Unread.as_view()),
    re_path(rf"^channels/{CHANNEL}/posts$", posts.ChannelPosts.as_view()),
    path("posts", posts.Posts.as_view()),
    re_path(rf"^posts/{POST}$", posts.OnePost.as_view()),
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
