"""Collects the console pages of the kinds of integrations, where Django looks for them."""

from .incoming import admin as incoming_admin
from .outgoing import admin as outgoing_admin

__all__ = ["incoming_admin", "outgoing_admin"]
