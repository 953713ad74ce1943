"""Collects the tables of the kinds of integrations, where Django looks for them."""

from . import kinds
from .delivery import models as _delivery  # noqa: F401 - Django finds them here

kinds.modules("models")
