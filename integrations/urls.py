"""Every address of every integration on one page."""

from django.urls import URLPattern, re_path

from .incoming import api as incoming
from .outgoing import api as outgoing

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

site: list[URLPattern] = []
