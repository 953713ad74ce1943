"""Every address of every integration on one page."""

from django.urls import URLPattern, path, re_path

from . import pages
from .delivery.api import Metrics
from .delivery_log import api as log_api
from .delivery_log import pages as log_pages
from .incoming import api as incoming
from .incoming import pages as incoming_pages
from .managed import api
from .managed.pages import ONE_HOOK
from .outgoing import api as outgoing
from .outgoing import pages as outgoing_pages

HOOK = r"(?P<hook_id>[A-Za-z0-9]+)"

# What stands at the root, beside the pages of teams.
root = [
    re_path(rf"^hooks/{HOOK}/?$", incoming.Call.as_view(), name="incoming_webhook_call"),
    path("metrics", Metrics.as_view()),
]

rest = [
    path("hooks/incoming", api.list_view(incoming.DOORS).as_view()),
    path("hooks/incoming/<id:hook_id>", api.one_view(incoming.DOORS).as_view()),
    path("hooks/incoming/<id:hook_id>/calls", incoming.Calls.as_view()),
    path("hooks/outgoing", api.list_view(outgoing.DOORS).as_view()),
    path("hooks/outgoing/<id:hook_id>", api.one_view(outgoing.DOORS).as_view()),
    path("hooks/outgoing/<id:hook_id>/explain", outgoing.Explain.as_view()),
    path("hooks/outgoing/<id:hook_id>/regen_token", outgoing.RegenerateToken.as_view()),
    path(
        "hooks/outgoing/<id:hook_id>/deliveries",
        log_api.list_view(outgoing.DOORS.kind).as_view(),
    ),
    path(
        "hooks/outgoing/<id:hook_id>/deliveries/<id:delivery_id>",
        log_api.one_view(outgoing.DOORS.kind).as_view(),
    ),
    path(
        "hooks/outgoing/<id:hook_id>/regen_signing_secret",
        outgoing.RegenerateSigningSecret.as_view(),
    ),
]

_PAGES = r"^(?P<team_name>[A-Za-z0-9_-]+)/account/integrations"

team_pages: list[URLPattern] = [
    re_path(rf"{_PAGES}$", pages.integrations, name="integrations"),
    *incoming_pages.PAGES.urls(rf"{_PAGES}/incoming"),
    re_path(rf"{_PAGES}/incoming/{ONE_HOOK}/calls$", incoming_pages.calls, name="incoming_calls"),
    *outgoing_pages.PAGES.urls(rf"{_PAGES}/outgoing"),
    *log_pages.urls(rf"{_PAGES}/outgoing", outgoing_pages.PAGES),
    re_path(
        rf"{_PAGES}/outgoing/regenerate_token$",
        outgoing_pages.regenerate_token,
        name="regenerate_token",
    ),
    re_path(
        rf"{_PAGES}/outgoing/regenerate_signing_secret$",
        outgoing_pages.regenerate_signing_secret,
        name="regenerate_signing_secret",
    ),
    re_path(
        rf"{_PAGES}/outgoing/{ONE_HOOK}/explain$",
        outgoing_pages.explain,
        name="explain_outgoing_webhook",
    ),
]
