"""The composition root: who answers where. Nobody imports this module."""

from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from accounts import urls as accounts
from channels_app import urls as channels_app
from integrations import urls as integrations

from . import middleware
from .console import urls as console
from .console.site import site
from .own_words import OwnAddress

register_converter(OwnAddress, "own_address")

urlpatterns = [
    path("", include(integrations.root)),
    path("api/v4/", include(console.rest)),
    path("api/v4/", include(accounts.rest)),
    path("api/v4/", include(channels_app.rest)),
    path("api/v4/", include(integrations.rest)),
    path("admin_console", RedirectView.as_view(pattern_name="admin:index")),
    path("admin_console/", site.urls),
    path("", include(accounts.site)),
    path("", include(channels_app.site)),
    path("<own_address:_>", middleware.nothing_there),
    path("", include(integrations.team_pages)),
    path("", include(channels_app.team_pages)),
]

handler403 = "mattermost_hooks.middleware.permission_denied"
handler404 = "mattermost_hooks.middleware.page_not_found"
handler500 = "mattermost_hooks.middleware.server_error"
