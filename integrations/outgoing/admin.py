"""Outgoing webhooks and their deliveries in the System Console."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.people.asking import actor_of
from integrations.managed import admin as managed
from mattermost_hooks.console.record_admin import (
    BoundedChoicesFilter,
    ReadOnlyInline,
    RecordAdmin,
    clock,
    masked,
    when,
)
from mattermost_hooks.console.site import INTEGRATIONS, Figure, site
from mattermost_hooks.records import now_ms

from . import delivery, hooks
from .forms import CONTENT_TYPES, content_types
from .models import DELIVERED, FAILED, PENDING, Attempt, Delivery, OutgoingWebhook

DAY_MS = 24 * 60 * 60 * 1000


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
    readonly_fields = ("token", "creator", "team", "created", "deliveries")
    fields = (*shared_fields, *readonly_fields)
    list_display = ("__str__", "masked_token", "team", "channel", "words", "hosts", "creator")
    list_filter = (("team", BoundedChoicesFilter),)
    search_fields = ("display_name", "description", "channel__display_name", "creator__username")
    actions = ["regenerate_token"]

    @admin.display(description="Token")
    def masked_token(self, hook: OutgoingWebhook) -> str:
        """Enough to tell it from others."""
        return masked(hook.token)

    @admin.display(description="Deliveries")
    def deliveries(self, hook: OutgoingWebhook) -> str:
        """The way to what became of its deliveries."""
        log = reverse("admin:integrations_delivery_changelist")
        return format_html('<a href="{}?hook__id__exact={}">Delivery log</a>', log, hook.id)

    @admin.display(description="Trigger words")
    def words(self, hook: OutgoingWebhook) -> str:
        """Its trigger words."""
        return " ".join(hook.trigger_words)

    @admin.display(description="Called hosts")
    def hosts(self, hook: OutgoingWebhook) -> str:
        """Whom it calls; the rest of a URL may hold secrets of the receiver."""
        return ", ".join(_host(url) for url in hook.callback_urls)

    @admin.action(description="Regenerate token")
    def regenerate_token(self, request: HttpRequest, chosen: QuerySet[OutgoingWebhook]) -> None:
        """Give these hooks new tokens."""

        def serve(hook: OutgoingWebhook) -> None:
            hooks.regenerate_token(actor=actor_of(request), hook=hook)

        self.do_each(request, chosen, serve, done="New tokens")


class StatusFilter(admin.SimpleListFilter):
    """Deliveries that wait, arrived or were given up."""

    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices beside "All"."""
        return [(status, status.capitalize()) for status in (PENDING, DELIVERED, FAILED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The deliveries of the choice."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class AttemptInline(ReadOnlyInline):
    """Every try of a delivery, with the start of the reply."""

    model = Attempt
    fields = readonly_fields = ("time", "duration", "status_code", "error", "reply")
    ordering = ("id",)
    time = when("create_at", "Time")

    @admin.display(description="Duration")
    def duration(self, attempt: Attempt) -> str:
        """How long the receiver took."""
        return f"{attempt.duration_ms} ms"

    @admin.display(description="Start of the reply")
    def reply(self, attempt: Attempt) -> str:
        """What the receiver said, as text."""
        return format_html('<pre class="wire">{}</pre>', attempt.response_start)


@admin.register(Delivery, site=site)
class DeliveryAdmin(RecordAdmin):
    """The delivery log: what was sent to whom, and what became of it."""

    group, icon = INTEGRATIONS, "outbox"
    inlines = (AttemptInline,)
    fields = readonly_fields = (
        "hook",
        "callback_url",
        "content_type",
        "state",
        "attempt_count",
        "created",
        "due",
        "settled",
        "note",
        "sent_payload",
    )
    list_display = ("created", "hook", "host", "state", "attempt_count", "due", "short_note")
    list_filter = (StatusFilter, ("hook", BoundedChoicesFilter))
    list_select_related = ("hook",)
    ordering = ("-id",)
    actions = ["deliver_again"]
    settled = when("update_at", "Last change")

    @display(  # type: ignore[untyped-decorator] # the theme has no types
        description="Status",
        ordering="status",
        label={PENDING: "info", DELIVERED: "success", FAILED: "danger"},
    )
    def state(self, delivery: Delivery) -> str:
        """Its status, coloured by the theme."""
        return delivery.status

    @admin.display(description="URL host")
    def host(self, delivery: Delivery) -> str:
        """Whom it calls; the rest of a URL may hold secrets of the receiver."""
        return _host(delivery.url)

    @admin.display(description="URL")
    def callback_url(self, delivery: Delivery) -> str:
        """The whole address."""
        return delivery.url

    @admin.display(description="Due (UTC)", ordering="due_at", empty_value="–")
    def due(self, delivery: Delivery) -> str | None:
        """When the next try is; nothing is due once a delivery has come to its end."""
        return clock(delivery.due_at) if delivery.status == PENDING else None

    @admin.display(description="Note")
    def short_note(self, delivery: Delivery) -> str:
        """The beginning of the note."""
        return delivery.note if len(delivery.note) <= 80 else f"{delivery.note[:79]}…"

    @admin.display(description="Payload")
    def sent_payload(self, delivery: Delivery) -> str:
        """What is sent, with its token masked."""
        payload = dict(delivery.payload)
        if "token" in payload:
            payload["token"] = masked(str(payload["token"]))
        readable = json.dumps(payload, indent=2, ensure_ascii=False)
        return format_html('<pre class="wire">{}</pre>', readable)

    @admin.action(description="Deliver again")
    def deliver_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Send these once more, from now on."""

        def serve(one: Delivery) -> None:
            delivery.deliver_again(delivery_id=one.id)

        self.do_each(request, chosen, serve, done="To be delivered again")


def outgoing_figures() -> Iterable[Figure]:
    """The hooks there are, and how deliveries go."""
    hooks_list = reverse("admin:integrations_outgoingwebhook_changelist")
    log = reverse("admin:integrations_delivery_changelist")
    there = hooks.KIND.live().count()
    waiting = Delivery.objects.filter(status=PENDING).count()
    failed = Delivery.objects.filter(status=FAILED, update_at__gte=now_ms() - DAY_MS).count()
    yield Figure("Outgoing webhooks", there, hooks_list)
    yield Figure("Deliveries waiting", waiting, f"{log}?status={PENDING}")
    yield Figure(
        "Deliveries failed, last 24 hours",
        failed,
        f"{log}?status={FAILED}",
        alarming=failed > 0,
    )


site.add_figures(outgoing_figures)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:  # stored before this rule, or by hand
        return "?"
