"""Collects the models of the slices: Django looks here."""

from .incoming.models import IncomingWebhook
from .outgoing.models import Attempt, Delivery, OutgoingWebhook

__all__ = ["Attempt", "Delivery", "IncomingWebhook", "OutgoingWebhook"]
