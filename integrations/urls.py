"""Every address of every integration on one page."""

from django.urls import URLPattern, re_path

from . import pages
from .incoming import api as incoming
from .incoming import pages as incoming_pages
from .outgoing import api as outgoing
from .outgoing import pages as outgoing_pages

HOOK = r"(?P<hook_id>[A-Za-z0-9]+)"

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
    *incoming_pages.PAGES.urls(rf"{_PAGES}/incoming"),
    *outgoing_pages.PAGES.urls(rf"{_PAGES}/outgoing"),
    re_path(
        rf"{_PAGES}/outgoing/regenerate_token$",
        outgoing_pages.regenerate_token,
        name="regenerate_token",
    ),
]
