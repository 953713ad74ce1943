"""The addresses of accounts: REST below /api/v4, pages at the root."""

from django.urls import path, re_path

from . import api, pages

WORD = "[A-Za-z0-9]+"

rest = [
    path("users", api.Users.as_view()),
    path("users/login", api.Login.as_view()),
    path("users/logout", api.Logout.as_view()),
    re_path(rf"^users/(?P<user_id>{WORD})$", api.OneUser.as_view()),
    re_path(r"^users/username/(?P<username>[A-Za-z0-9_.-]+)$", api.UserByName.as_view()),
    re_path(rf"^users/(?P<user_id>{WORD})/active$", api.Active.as_view()),
    re_path(rf"^users/(?P<user_id>{WORD})/tokens$", api.Tokens.as_view()),
    re_path(r"^users/tokens/(?P<action>revoke|disable|enable)$", api.TokenAction.as_view()),
    path("bots", api.Bots.as_view()),
    re_path(rf"^bots/(?P<bot_user_id>{WORD})/(?P<action>disable|enable)$", api.BotSwitch.as_view()),
]

site = [
    path("login", pages.sign_in, name="sign_in"),
    path("logout", pages.sign_out, name="sign_out"),
]
