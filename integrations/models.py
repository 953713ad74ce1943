"""Collects the tables of the kinds of integrations, where Django looks for them."""

from .incoming.models import IncomingWebhook
from .outgoing.models import Attempt, Delivery, OutgoingWebhook

__all__ = ["Attempt", "Delivery", "IncomingWebhook", "OutgoingWebhook"]
