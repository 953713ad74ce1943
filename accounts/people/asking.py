"""Who asks, and whom an address means."""

from django.http import HttpRequest
from rest_framework.request import Request

from mattermost_hooks import errors

from . import users
from .models import User


def actor_of(request: HttpRequest | Request) -> User:
    """The account that asks; 403 for visitors, whom doors that need an account do not let in."""
    if not isinstance(request.user, User):
        raise errors.not_permitted()
    return request.user


def user_named(request: Request, user_id: str) -> User:
    """The account that the URL names by id or as `me` (`<person:user_id>`)."""
    if user_id == "me":
        return actor_of(request)
    return users.find_shared(user_id)
