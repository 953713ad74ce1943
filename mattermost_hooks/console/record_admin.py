"""How the System Console lists records: to be looked at, and changed through services only."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from mattermost_hooks.errors import AppError
from mattermost_hooks.forms import SaysWhatIsWrong

if TYPE_CHECKING:  # the theme has no types; its classes are Django's with more on them
    ThemedAdmin = admin.ModelAdmin[Any]
    ThemedInline = admin.TabularInline[Any, Any]
    AnyModelForm = forms.ModelForm[Any]
    AnyPaginator = Paginator[Any]
else:
    from unfold.admin import ModelAdmin as ThemedAdmin
    from unfold.admin import TabularInline as ThemedInline

    AnyModelForm = forms.ModelForm
    AnyPaginator = Paginator

SHOWN_OF_A_SECRET = 4
MOST_LISTED = 10_000
MOST_AT_ONCE = 1_000
MOST_CHOICES = 100

_added_forms: "dict[type[models.Model], list[type[ServiceForm]]]" = {}

Column = Callable[[Any, Any], str | None]


def when(field: str, title: str) -> Column:
    """A column for a clock in milliseconds, to be an attribute of a RecordAdmin; a dash for 0."""

    @admin.display(description=f"{title} (UTC)", ordering=field, empty_value="–")
    def column(self: Any, record: Any) -> str | None:
        return clock(getattr(record, field)) or None

    return column


def clock(milliseconds: int) -> str:
    """A moment for people to read, in UTC; empty for 0."""
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def masked(secret: str) -> str:
    """Enough of a secret to tell it from others, too little to use it."""
    return secret[:SHOWN_OF_A_SECRET] + "…"


class BoundedPaginator(AnyPaginator):
    """Pages of the first records of a list: neither counts nor skips more than MOST_LISTED, and says so."""

    template_name = "console/pagination.html"

    @cached_property
    def count(self) -> int:
        """How many records there are, at most MOST_LISTED."""
        return min(self._looked_at, MOST_LISTED)

    @property
    def is_cut(self) -> bool:
        """Are there more records than are listed?"""
        return self._looked_at > MOST_LISTED

    @cached_property
    def _looked_at(self) -> int:
        records = cast("models.QuerySet[Any]", self.object_list)
        return records.order_by()[: MOST_LISTED + 1].count()


class RecordAdmin(ThemedAdmin):
    """A list of records in a group of the sidebar. Nothing can be made, changed or deleted unless `served` says
    so; a service does it, called by the form or, for "delete", by delete_model().
    """

    group = ""
    icon = "list"
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    actions: list[str] = []
    served: tuple[str, ...] = ()
    add_form: "type[ServiceForm] | None" = None
    add_fields: tuple[str, ...] = ()
    created = when("create_at", "Created")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """May new records be made here?"""
        return "add" in self.served and self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """May records be changed here?"""
        return "change" in self.served and self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """May records be deleted here?"""
        return "delete" in self.served and self.admin_site.has_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """A new record has everything still open."""
        is_new = obj is None and "add" in self.served
        return () if is_new else super().get_readonly_fields(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Only what subclasses name: Django's own deletion of many goes past the services."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_form(
        self,
        request: HttpRequest,
        obj: models.Model | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's signature
        **options: Any,
    ) -> Any:
        """The form knows who fills it in; a new record may have a form of its own, and apps add fields."""
        own = self.add_form if obj is None and self.add_form else self.form
        combined = type(own.__name__, (*_added_forms.get(self.model, ()), own), {})
        form: Any = super().get_form(request, obj, change, **{"form": combined} | options)
        form.actor = request.user
        return form

    def save_model(
        self,
        request: HttpRequest,
        obj: models.Model,
        form: AnyModelForm,
        change: bool,  # noqa: FBT001 - Django's signature
    ) -> None:
        """The form has called its service already."""

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """A new record has no ids and clocks to show yet."""
        own = self.add_fields if obj is None and self.add_fields else self.fields
        added = [name for form in _added_forms.get(self.model, ()) for name in form.base_fields]
        return [*(own or super().get_fields(request, obj)), *added]

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Deleting through a service may be refused: with its sentence, on the record's own page."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except AppError as error:
            self.message_user(request, error.words, messages.ERROR)
            return redirect(request.path.removesuffix("delete/") + "change/")

    def get_deleted_objects(
        self, objs: Sequence[Any] | models.QuerySet[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Only the records themselves: services mark them as deleted, and nothing follows them."""
        return [str(one) for one in objs], {}, set(), []

    def do_each(
        self,
        request: HttpRequest,
        records: Iterable[Any],
        serve: Callable[[Any], object],
        *,
        done: str,
    ) -> None:
        """Call a service for each record, at most MOST_AT_ONCE; say for how many it worked, and why not for
        the others.
        """
        count = 0
        chosen = list(islice(iter(records), MOST_AT_ONCE + 1))
        if len(chosen) > MOST_AT_ONCE:
            left = (
                f"Only the first {MOST_AT_ONCE:,} of your choice were taken. Choose the rest again."
            )
            self.message_user(request, left, messages.WARNING)
        for record in chosen[:MOST_AT_ONCE]:
            try:
                serve(record)
            except AppError as error:
                self.message_user(request, f"{record}: {error.words}", messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, f"{done}: {count}", messages.SUCCESS)


class ReadOnlyInline(ThemedInline):
    """The rows that belong to a record, below it."""

    extra = 0
    can_delete = False
    hide_title = True  # the columns say everything

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Rows of a record come about with it, never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Rows of a record are there to be read."""
        return False


class BoundedChoicesFilter(admin.RelatedFieldListFilter):
    """Records that belong to another one, for the first of those others; a link may name any other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.lookup_choices) > MOST_CHOICES:
            self.lookup_choices = self.lookup_choices[:MOST_CHOICES]
            self.title = f"{self.title} (the first {MOST_CHOICES})"

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """The key and the name of each choice, and of one more if there are too many."""
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = field.related_model._default_manager.order_by(*ordering)[: MOST_CHOICES + 1]
        return [(row.pk, str(row)) for row in rows]


class LiveFilter(admin.SimpleListFilter):
    """Records in use, or those that were deactivated, archived or deleted."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices beside "All"."""
        return [("live", "In use"), ("gone", "Deactivated or archived")]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """The records of the choice."""
        if self.value() == "live":
            return queryset.filter(delete_at=0)
        return queryset.exclude(delete_at=0) if self.value() == "gone" else queryset


def add_fields(model: type[models.Model], form: type["ServiceForm"]) -> None:
    """Show the fields of this form with each record of a list of an app below; its serve() goes on from what
    the list's own form made or changed, and is refused or done with it.
    """
    _added_forms.setdefault(model, []).append(form)


class ServiceForm(SaysWhatIsWrong, AnyModelForm):
    """A form whose input goes to a service; what the service refuses stands beside its field."""

    actor: Any = None

    def serve(self) -> models.Model:
        """Call the service with self.cleaned_data, for self.actor; the record it made or changed."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        # Django would put the input into the instance and check the model's own limits here.
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self.serve()
        except AppError as error:
            self.refuse(error)
