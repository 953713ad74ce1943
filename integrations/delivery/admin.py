"""The delivery log in the System Console: what was sent to whom, and what became of it."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from accounts.people.asking import actor_of
from mattermost_hooks.console.record_admin import ReadOnlyInline, RecordAdmin, clock, when
from mattermost_hooks.console.site import INTEGRATIONS, Figure, site
from mattermost_hooks.records import now_ms

from . import deliveries, health, log, retention, senders
from .endpoints import receiver_of
from .models import DELIVERED, FAILED, PENDING, Attempt, Delivery


class StatusFilter(admin.SimpleListFilter):
    """Deliveries that wait, arrived or were given up."""

    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices beside "All"."""
        return [(status, status.capitalize()) for status in (PENDING, DELIVERED, FAILED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """The deliveries of the choice."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class OwnerFilter(admin.SimpleListFilter):
    """The deliveries of one owner, chosen by following a link to them."""

    title, parameter_name = "sent for", "owner_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The one that was chosen."""
        chosen = request.GET.get(self.parameter_name, "")
        one = Delivery.objects.filter(owner_id=chosen).order_by("-id").first()
        return [(chosen, str(senders.owners_of([one]).get(chosen, chosen)))] if one else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Its deliveries."""
        return queryset.filter(owner_id=self.value()) if self.value() else queryset


class _WithOwners(ChangeList):
    """A page of deliveries that looks for all owners at once."""

    def get_results(self, request: HttpRequest) -> None:
        """The deliveries of the page, each with the owners of all."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        owners = senders.owners_of(self.result_list)
        for one in self.result_list:
            one.owners = owners


class AttemptInline(ReadOnlyInline):
    """Every try of a delivery, with the start of the reply."""

    model = Attempt
    fields = readonly_fields = ("time", "duration", "parts", "status_code", "error", "reply")
    ordering = ("id",)
    time = when("create_at", "Time")

    @admin.display(description="Duration")
    def duration(self, attempt: Attempt) -> str:
        """How long the receiver took."""
        return f"{attempt.duration_ms} ms"

    @admin.display(description="Of that", empty_value="–")
    def parts(self, attempt: Attempt) -> str:
        """How long each part of the call took."""
        return log.parts_in_words(attempt)

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
        "owner",
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
    list_display = ("created", "owner", "receiver", "state", "attempt_count", "due", "short_note")
    list_filter = (StatusFilter, OwnerFilter)
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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        """A list that knows the owners of what it shows."""
        return type("DeliveryList", (_WithOwners, super().get_changelist(request, **kwargs)), {})

    @admin.display(description="Sent for")
    def owner(self, delivery: Delivery) -> str:
        """What it was sent for, and the way to all of its deliveries."""
        owners = getattr(delivery, "owners", None) or senders.owners_of([delivery])
        name = owners.get(delivery.owner_id, "something that is no more")
        return format_html('<a href="?owner_id={}">{}</a>', delivery.owner_id, name)

    @admin.display(description="Receiver")
    def receiver(self, delivery: Delivery) -> str:
        """Whom it calls; the rest of a URL may hold secrets of the receiver."""
        return receiver_of(delivery.url)

    @admin.display(description="URL")
    def callback_url(self, delivery: Delivery) -> str:
        """The whole address."""
        return delivery.url

    @admin.display(description="Due (UTC)", ordering="due_at", empty_value="–")
    def due(self, delivery: Delivery) -> str | None:
        """When the next try is; nothing is due once a delivery has come to its end."""
        if delivery.status != PENDING:
            return None
        return clock(delivery.due_at) or "at once"

    @admin.display(description="Note")
    def short_note(self, delivery: Delivery) -> str:
        """The beginning of the note."""
        return delivery.note if len(delivery.note) <= 80 else f"{delivery.note[:79]}…"

    @admin.display(description="Payload")
    def sent_payload(self, delivery: Delivery) -> str:
        """What is sent, but for the token, which is put in when it is."""
        readable = json.dumps(delivery.payload, indent=2, ensure_ascii=False)
        return format_html('<pre class="wire">{}</pre>', readable)

    @admin.action(description="Deliver again")
    def deliver_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """Send these once more, from now on."""

        def serve(one: Delivery) -> None:
            deliveries.deliver_again(actor=actor_of(request), delivery_id=one.id)

        self.do_each(request, chosen, serve, done="To be delivered again")


def delivery_figures() -> Iterable[Figure]:
    """How deliveries go."""
    listed = reverse("admin:integrations_delivery_changelist")
    waiting = Delivery.objects.filter(status=PENDING).count()
    day_ago = now_ms() - retention.DAY_MS
    failed = Delivery.objects.filter(status=FAILED, update_at__gte=day_ago).count()
    fares = health.now()
    late_ms = fares.oldest_due_ms if fares.is_late else 0
    yield Figure("Deliveries waiting", waiting, f"{listed}?status={PENDING}")
    yield Figure(
        "Due for more than a minute, taken by no worker",
        f"for {late_ms // 1000} s" if late_ms else "none",
        f"{listed}?status={PENDING}",
        alarming=late_ms > 0,
    )
    yield Figure(
        "Deliveries failed, last 24 hours",
        failed,
        f"{listed}?status={FAILED}",
        alarming=failed > 0,
    )


site.add_figures(delivery_figures)
