"""Outgoing webhooks in the System Console."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.people.asking import actor_of
from integrations.delivery import signing_secrets
from integrations.delivery.endpoints import receiver_of
from integrations.managed import admin as managed
from mattermost_hooks.console.record_admin import (
    BoundedChoicesFilter,
    masked,
)
from mattermost_hooks.console.site import Figure, site
from mattermost_hooks.records import now_ms

from . import hooks
from .forms import CONTENT_TYPES, content_types
from .models import OutgoingWebhook


class OutgoingWebhookForm(managed.HookForm):
    """What can be said of an outgoing webhook."""

    service = hooks

    trigger_words = forms.CharField(
        required=False,
        help_text="Separated by blanks. Needed unless a channel is chosen.",
        widget=UnfoldAdminTextInputWidget(),
    )
    callback_urls = forms.CharField(
        label="Callback URLs",
        help_text="One on each line.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    content_type = forms.ChoiceField(choices=CONTENT_TYPES, widget=UnfoldAdminSelectWidget())

    class Meta:
        labels = managed.labels(hooks.KIND)
        help_texts = managed.help_texts(hooks.KIND) | {
            "channel": "A public channel of the team; empty for all of them."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["trigger_words"] = " ".join(self.instance.trigger_words)
        self.initial["callback_urls"] = "\n".join(self.instance.callback_urls)
        content_type = self.fields["content_type"]
        assert isinstance(content_type, forms.ChoiceField)  # noqa: S101 - tells the type checker
        content_type.choices = content_types(self.instance.content_type)

    def said(self) -> dict[str, Any]:
        """Lists from text."""
        said = super().said() | {
            "trigger_words": self.cleaned_data["trigger_words"].split(),
            "callback_urls": self.cleaned_data["callback_urls"].split(),
        }
        if "trigger_words" not in self.changed_data:  # over REST a word may hold a blank
            said["trigger_words"] = self.instance.trigger_words
        return said


@admin.register(OutgoingWebhook, site=site)
class OutgoingWebhookAdmin(managed.HookAdmin):
    """Who is told of posts; the whole token stands on a hook's own page only."""

    service, form, icon = hooks, OutgoingWebhookForm, "call_made"
    shared_fields = managed.asked(hooks.KIND)
    add_fields = ("team", *shared_fields)
    readonly_fields = ("token", "signing_secret", "creator", "team", "created", "deliveries")
    fields = (*shared_fields, *readonly_fields)
    list_display = ("__str__", "masked_token", "team", "channel", "words", "receivers", "creator")
    list_filter = (("team", BoundedChoicesFilter),)
    search_fields = ("display_name", "description", "channel__display_name", "creator__username")
    actions = ["regenerate_token", "regenerate_signing_secret"]

    @admin.display(description="Token")
    def masked_token(self, hook: OutgoingWebhook) -> str:
        """Enough to tell it from others."""
        return masked(hook.token)

    @admin.display(description="Signing secret")
    def signing_secret(self, hook: OutgoingWebhook) -> str:
        """The whole one, as on the hook's page."""
        valid = signing_secrets.valid(hook.sealed_secrets, now=now_ms())
        return valid[0].text if valid else signing_secrets.CANNOT_SIGN

    @admin.display(description="Deliveries")
    def deliveries(self, hook: OutgoingWebhook) -> str:
        """The way to what became of its deliveries."""
        log = reverse("admin:integrations_delivery_changelist")
        return format_html('<a href="{}?owner_id={}">Delivery log</a>', log, hook.id)

    @admin.display(description="Trigger words")
    def words(self, hook: OutgoingWebhook) -> str:
        """Its trigger words."""
        return " ".join(hook.trigger_words)

    @admin.display(description="Receivers")
    def receivers(self, hook: OutgoingWebhook) -> str:
        """Whom it calls; the rest of a URL may hold secrets of the receiver."""
        return ", ".join(map(receiver_of, hook.callback_urls))

    @admin.action(description="Regenerate token")
    def regenerate_token(self, request: HttpRequest, chosen: QuerySet[OutgoingWebhook]) -> None:
        """Give these hooks new tokens."""

        def serve(hook: OutgoingWebhook) -> None:
            hooks.regenerate_token(actor=actor_of(request), hook=hook)

        self.do_each(request, chosen, serve, done="New tokens")

    @admin.action(description="Regenerate signing secret")
    def regenerate_signing_secret(
        self, request: HttpRequest, chosen: QuerySet[OutgoingWebhook]
    ) -> None:
        """Give these hooks new signing secrets."""

        def serve(hook: OutgoingWebhook) -> None:
            hooks.regenerate_signing_secret(actor=actor_of(request), hook=hook)

        self.do_each(request, chosen, serve, done="New signing secrets")


def outgoing_figures() -> Iterable[Figure]:
    """The hooks there are."""
    hooks_list = reverse("admin:integrations_outgoingwebhook_changelist")
    yield Figure("Outgoing webhooks", hooks.KIND.live().count(), hooks_list)


site.add_figures(outgoing_figures)
