"""Collects the console pages of the folders, where Django looks for them."""

from .activation import admin as activation_admin
from .bots import admin as bots_admin
from .sessions import admin as sessions_admin

__all__ = ["activation_admin", "bots_admin", "sessions_admin"]
