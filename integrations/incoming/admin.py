"""Incoming webhooks in the System Console."""

from collections.abc import Iterable

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from integrations.managed import admin as managed
from mattermost_hooks.console.config import get_config
from mattermost_hooks.console.record_admin import BoundedChoicesFilter, RecordAdmin, masked, when
from mattermost_hooks.console.site import INTEGRATIONS, Figure, site

from . import hooks
from .models import POSTED, REFUSED, UNLISTED, IncomingCall, IncomingWebhook


class IncomingWebhookForm(managed.HookForm):
    """What can be said of an incoming webhook."""

    service = hooks

    class Meta:
        labels = managed.labels(hooks.KIND)
        help_texts = managed.help_texts(hooks.KIND) | {
            "channel": "Where messages go unless they name another channel.",
            "direct_messages": "Off for hooks that a team administrator made, or unlocked, for somebody else.",
        }


@admin.register(IncomingWebhook, site=site)
class IncomingWebhookAdmin(managed.HookAdmin):
    """Addresses that external programs post to; the whole address stands on a hook's own page only."""

    service, form, icon = hooks, IncomingWebhookForm, "call_received"
    used = when("last_used", "Last used")
    add_fields = managed.asked(hooks.KIND)
    readonly_fields = ("url", "user", "team", "direct_messages", "created", "used", "calls")
    fields = (*add_fields, *readonly_fields)
    list_display = ("__str__", "masked_id", "team", "channel", "user", "channel_locked", "used")
    list_filter = (("team", BoundedChoicesFilter), "channel_locked")
    search_fields = ("display_name", "description", "channel__display_name", "user__username")

    @admin.display(description="URL")
    def masked_id(self, hook: IncomingWebhook) -> str:
        """Enough to tell it from others."""
        return f"/hooks/{masked(hook.id)}"

    @admin.display(description="Calls")
    def calls(self, hook: IncomingWebhook) -> str:
        """The way to what became of its calls."""
        log = reverse("admin:integrations_incomingcall_changelist")
        return format_html('<a href="{}?hook__id__exact={}">Log of calls</a>', log, hook.id)

    @admin.display(description="URL")
    def url(self, hook: IncomingWebhook) -> str:
        """The whole secret address."""
        site_url = get_config().ServiceSettings.SiteURL
        address = hooks.url_of(hook, site_url)
        return (
            address if site_url else f"{address} (the Site URL is not set: Environment, Web Server)"
        )


@admin.register(IncomingCall, site=site)
class IncomingCallAdmin(RecordAdmin):
    """The log of calls: who called a hook, and what was answered."""

    group, icon = INTEGRATIONS, "receipt_long"
    fields = readonly_fields = (
        "hook",
        "time",
        "source",
        "size",
        "result",
        "status",
        "message",
        "detail",
        "error_id",
        "post_id",
    )
    list_display = ("time", "hook", "source", "size", "result", "message", "detail")
    list_filter = (("hook", BoundedChoicesFilter),)
    list_select_related = ("hook",)
    ordering, sortable_by = ("-id",), ()  # in any other order all of them would have to be read
    time = when("create_at", "Time")

    @display(  # type: ignore[untyped-decorator] # the theme has no types
        description="Outcome",
        label={POSTED: "success", REFUSED: "danger", UNLISTED: "info"},
    )
    def result(self, call: IncomingCall) -> str:
        """What became of it, coloured by the theme."""
        return call.outcome


def incoming_figures() -> Iterable[Figure]:
    """The hooks there are."""
    there = hooks.KIND.live().count()
    address = reverse("admin:integrations_incomingwebhook_changelist")
    yield Figure("Incoming webhooks", there, address)


site.add_figures(incoming_figures)
