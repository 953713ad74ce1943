"""The addresses of accounts: REST below /api/v4, pages at the root."""

from django.urls import path

from mattermost_hooks.endpoints import ids  # noqa: F401 - the converters of addresses

from .activation import api as activation
from .bots import api as bots
from .people import api as people
from .sessions import api as sessions
from .sessions import pages

rest = [
    path("users", people.Users.as_view()),
    path("users/login", sessions.Login.as_view()),
    path("users/logout", sessions.Logout.as_view()),
    path("users/<person:user_id>", people.OneUser.as_view()),
    path("users/username/<username:username>", people.UserByName.as_view()),
    path("users/<person:user_id>/active", activation.Active.as_view()),
    path("users/<person:user_id>/tokens", sessions.Tokens.as_view()),
    *(
        path(f"users/tokens/{action}", sessions.TokenAction.as_view(), {"action": action})
        for action in ("revoke", "disable", "enable")
    ),
    path("bots", bots.Bots.as_view()),
    *(
        path(f"bots/<id:bot_user_id>/{action}", bots.BotSwitch.as_view(), {"action": action})
        for action in ("disable", "enable")
    ),
]

site = [
    path("login", pages.sign_in, name="sign_in"),
    path("logout", pages.sign_out, name="sign_out"),
]
