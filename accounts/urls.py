"""The addresses of accounts: REST below /api/v4, pages at the root."""

from django.urls import path, re_path

from .activation import api as activation
from .bots import api as bots
from .people import api as people
from .sessions import api as sessions
from .sessions import pages

WORD = "[A-Za-z0-9]+"
USER = rf"(?P<user_id>{WORD})"

rest = [
    path("users", people.Users.as_view()),
    path("users/login", sessions.Login.as_view()),
    path("users/logout", sessions.Logout.as_view()),
    re_path(rf"^users/{USER}$", people.OneUser.as_view()),
    re_path(r"^users/username/(?P<username>[A-Za-z0-9_.-]+)$", people.UserByName.as_view()),
    re_path(rf"^users/{USER}/active$", activation.Active.as_view()),
    re_path(rf"^users/{USER}/tokens$", sessions.Tokens.as_view()),
    re_path(r"^users/tokens/(?P<action>revoke|disable|enable)$", sessions.TokenAction.as_view()),
    path("bots", bots.Bots.as_view()),
    re_path(
        rf"^bots/(?P<bot_user_id>{WORD})/(?P<action>disable|enable)$", bots.BotSwitch.as_view()
    ),
]

site = [
    path("login", pages.sign_in, name="sign_in"),
    path("logout", pages.sign_out, name="sign_out"),
]
