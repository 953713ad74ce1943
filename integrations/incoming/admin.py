"""Incoming webhooks in the System Console."""

from collections.abc import Iterable

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from accounts.people.asking import actor_of
from integrations.managed.admin import HELP, LABELS, HookAdmin
from mattermost_hooks.console.config import get_config
from mattermost_hooks.console.record_admin import (
    BoundedChoicesFilter,
    ServiceForm,
    masked,
    when,
)
from mattermost_hooks.console.site import Figure, site

from . import hooks
from .models import IncomingWebhook


class IncomingWebhookForm(ServiceForm):
    """What can be said of an incoming webhook."""

    class Meta:
        labels = LABELS
        help_texts = {**HELP, "channel": "Where messages go unless they name another channel."}

    def serve(self) -> IncomingWebhook:
        """Make the hook, owned by the administrator who asks, or change it."""
        if self.instance._state.adding:
            return hooks.create(actor=self.actor, **self.cleaned_data)
        return hooks.update(actor=self.actor, hook=self.instance, **self.cleaned_data)


@admin.register(IncomingWebhook, site=site)
class IncomingWebhookAdmin(HookAdmin):
    """Addresses that external programs post to; the whole address stands on a hook's own page only."""

    icon = "call_received"
    form = IncomingWebhookForm
    add_fields = (
        "display_name",
        "description",
        "channel",
        "channel_locked",
        "username",
        "icon_url",
    )
    readonly_fields = ("url", "user", "team", "direct_messages", "created", "used")
    fields = (*add_fields, *readonly_fields)
    list_display = ("__str__", "masked_id", "team", "channel", "user", "channel_locked", "used")
    list_filter = (("team", BoundedChoicesFilter), "channel_locked")
    search_fields = ("display_name", "description", "channel__display_name", "user__username")
    used = when("last_used", "Last used")

    def delete_model(self, request: HttpRequest, obj: IncomingWebhook) -> None:
        """Delete the hook."""
        hooks.delete(actor=actor_of(request), hook=obj)

    @admin.display(description="URL")
    def masked_id(self, hook: IncomingWebhook) -> str:
        """Enough to tell it from others."""
        return f"/hooks/{masked(hook.id)}"

    @admin.display(description="URL")
    def url(self, hook: IncomingWebhook) -> str:
        """The whole secret address."""
        site_url = get_config().ServiceSettings.SiteURL
        address = hooks.url_of(hook, site_url)
        return (
            address if site_url else f"{address} (the Site URL is not set: Environment, Web Server)"
        )


def incoming_figures() -> Iterable[Figure]:
    """The hooks there are."""
    there = IncomingWebhook.objects.filter(delete_at=0).count()
    address = reverse("admin:integrations_incomingwebhook_changelist")
    yield Figure("Incoming webhooks", there, address)


site.add_figures(incoming_figures)
