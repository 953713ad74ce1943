"""The addresses of teams, channels and posts: REST below /api/v4, pages at the root."""

from django.urls import path, re_path

from . import pages
from .api import channels, posts, teams

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

site = pages.urls
