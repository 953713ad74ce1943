"""Every address of every integration on one page."""

from django.urls import URLPattern, re_path

from . import pages
from .incoming import api as incoming
from .incoming import pages as incoming_pages
from .outgoing import api as outgoing
from .outgoing import pages as outgoing_pages

HOOK = r"(?P<hook_id>[A-Za-z0-9]+)"
ONE_HOOK = r"(?P<hook_id>[a-z0-9]{26})"

hooks = [
    re_path(rf"^hooks/{HOOK}/?$", incoming.Call.as_view(), name="incoming_webhook_call"),
]

rest = [
    re_path(r"^hooks/incoming$", incoming.IncomingWebhooks.as_view()),
    re_path(rf"^hooks/incoming/{HOOK}$", incoming.OneIncomingWebhook.as_view()),
    re_path(r"^hooks/outgoing$", outgoing.OutgoingWebhooks.as_view()),
    re_path(rf"^hooks/outgoing/{HOOK}$", outgoing.OneOutgoingWebhook.as_view()),
    re_path(rf"^hooks/outgoing/{HOOK}/regen_token$", outgoing.RegenerateToken.as_view()),
]

_PAGES = r"^(?P<team_name>[A-Za-z0-9_-]+)/account/integrations"

team_pages: list[URLPattern] = [
    re_path(rf"{_PAGES}$", pages.integrations, name="integrations"),
    re_path(rf"{_PAGES}/incoming$", incoming_pages.incoming_webhooks, name="incoming_webhooks"),
    re_path(
        rf"{_PAGES}/incoming/{ONE_HOOK}$", incoming_pages.incoming_webhook, name="incoming_webhook"
    ),
    re_path(
        rf"{_PAGES}/incoming/delete$",
        incoming_pages.delete_incoming_webhook,
        name="delete_incoming_webhook",
    ),
    re_path(rf"{_PAGES}/outgoing$", outgoing_pages.outgoing_webhooks, name="outgoing_webhooks"),
    re_path(
        rf"{_PAGES}/outgoing/{ONE_HOOK}$", outgoing_pages.outgoing_webhook, name="outgoing_webhook"
    ),
    re_path(
        rf"{_PAGES}/outgoing/delete$",
        outgoing_pages.delete_outgoing_webhook,
        name="delete_outgoing_webhook",
    ),
    re_path(
        rf"{_PAGES}/outgoing/regenerate_token$",
        outgoing_pages.regenerate_token,
        name="regenerate_token",
    ),
]
