"""What all kinds of hooks have in common in the System Console."""

from typing import Any

from django import forms
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from accounts.people.asking import actor_of
from mattermost_hooks.console.record_admin import RecordAdmin, ServiceForm
from mattermost_hooks.console.site import INTEGRATIONS

from .kind import Kind
from .models import ManagedHook


class ChannelField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic for the stubs only
    """A channel, named with its team."""

    def label_from_instance(self, obj: Any) -> str:
        """Every team has a Town Square."""
        return str(obj.full_name)


class HookForm(ServiceForm):
    """What can be said of a hook; `service` is the kind's module `hooks`."""

    service: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].required = self.service.KIND.needs_channel

    def serve(self) -> ManagedHook:
        """Make the hook, owned by the administrator who asks, or change it."""
        if self.instance._state.adding:
            made: ManagedHook = self.service.create(actor=self.actor, **self.said())
            return made
        changed: ManagedHook = self.service.update(
            actor=self.actor, hook=self.instance, **self.said()
        )
        return changed

    def said(self) -> dict[str, Any]:
        """The arguments of the service."""
        return self.cleaned_data


class HookAdmin(RecordAdmin):
    """The list of the hooks of a kind: live ones, changed through its service, the module `hooks`."""

    served = ("add", "change", "delete")
    service: Any
    group = INTEGRATIONS
    autocomplete_fields = ("channel",)
    list_select_related = True
    ordering = ("-create_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Deleted hooks are gone for people, as over REST."""
        return super().get_queryset(request).filter(delete_at=0)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **options: Any
    ) -> Any:
        """Channels are named with their teams."""
        if db_field.name == "channel":
            options["form_class"] = ChannelField
        return super().formfield_for_foreignkey(db_field, request, **options)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete the hook."""
        self.service.delete(actor=actor_of(request), hook=obj)


def asked(kind: Kind[Any]) -> tuple[str, ...]:
    """The fields that a form asks for, in order."""
    first = ("display_name", "description")
    return (*first, "channel", *(name for name in kind.said if name not in first))


def labels(kind: Kind[Any]) -> dict[str, str]:
    """What the fields are called, where the console does not call them by their names."""
    return {name: shape.console_label for name, shape in kind.said.items() if shape.console_label}


def help_texts(kind: Kind[Any]) -> dict[str, str]:
    """What the forms explain."""
    return {name: shape.console_help for name, shape in kind.said.items() if shape.console_help}
