"""What all kinds of integrations have in common in the System Console."""

from typing import Any

from django import forms
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from mattermost_hooks.console.record_admin import RecordAdmin
from mattermost_hooks.console.site import INTEGRATIONS

LABELS = {"icon_url": "Icon URL", "channel_locked": "Lock to this channel"}
HELP = {
    "username": "Kept only while Integration Management lets integrations override usernames.",
    "icon_url": "Kept only while Integration Management lets integrations override pictures.",
    "channel_locked": "Messages for any other channel are refused.",
    "direct_messages": "Off for hooks that a team administrator made, or unlocked, for somebody else.",
    "channel": "A public channel of the team; empty for all of them.",
}


class ChannelField(forms.ModelChoiceField):  # type: ignore[type-arg] # generic for the stubs only
    """A channel, named with its team."""

    def label_from_instance(self, obj: Any) -> str:
        """Every team has a Town Square."""
        return str(obj.full_name)


class HookAdmin(RecordAdmin):
    """What the lists of both kinds of webhooks have in common: live hooks, changed through services."""

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new hook has everything still open."""
        return () if obj is None else self.readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Through the hooks service."""
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through the hooks service."""
        return self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through the hooks service."""
        return self.admin_site.has_permission(request)
