"""Collects the tables of the kinds of integrations, where Django looks for them."""

from . import kinds

kinds.modules("models")
