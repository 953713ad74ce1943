"""Collects the tables of the folders, where Django looks for them."""

from .people.models import Bot, User
from .sessions.models import AccessToken, Session

__all__ = ["AccessToken", "Bot", "Session", "User"]
