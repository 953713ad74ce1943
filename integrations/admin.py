"""Collects the console pages of the kinds of integrations and of deliveries, in the order of the sidebar."""

from importlib import import_module

from . import kinds

kinds.modules("admin")
import_module(f"{__package__}.delivery.admin")
