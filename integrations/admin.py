"""Collects the console pages of the kinds of integrations, where Django looks for them."""

from . import kinds

kinds.modules("admin")
