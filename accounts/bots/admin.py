"""Bots in the System Console."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
)

from accounts.people.models import Bot
from mattermost_hooks.console import fields
from mattermost_hooks.console.record_admin import LiveFilter, RecordAdmin, ServiceForm
from mattermost_hooks.console.site import USER_MANAGEMENT, site

from . import bots


class NewBotForm(ServiceForm):
    """What a bot starts with."""

    username = fields.text()
    display_name = fields.text(required=False)
    description = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget())

    def serve(self) -> Bot:
        """Make the bot, owned by the administrator who asks."""
        return bots.create(actor=self.actor, **self.cleaned_data)


class BotForm(ServiceForm):
    """What an administrator changes of a bot."""

    enabled = fields.switch("Enabled", "Switched off, the bot's access tokens are refused.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["enabled"] = self.instance.delete_at == 0

    def serve(self) -> Bot:
        """Switch the bot on or off."""
        enabled = self.cleaned_data["enabled"]
        return bots.set_enabled(actor=self.actor, user_id=self.instance.pk, enabled=enabled)


@admin.register(Bot, site=site)
class BotAdmin(RecordAdmin):
    """Bot accounts."""

    served = ("add", "change")
    group, icon = USER_MANAGEMENT, "smart_toy"
    form, add_form = BotForm, NewBotForm
    add_fields = ("username", "display_name", "description")
    readonly_fields = ("user", "owner", "description", "created")
    fields = (*readonly_fields, "enabled")
    list_display = (
        "user",
        "shown_name",
        "owner",
        "description",
        "is_enabled",
        "created",
    )
    list_select_related = ("user", "owner")
    list_filter = (LiveFilter,)
    search_fields = ("user__username", "user__first_name", "description")
    ordering = ("user__username",)

    @admin.display(description="Display name", ordering="user__first_name")
    def shown_name(self, bot: Bot) -> str:
        """The name beside its posts."""
        return bot.user.display_name

    @admin.display(description="Enabled", boolean=True, ordering="delete_at")
    def is_enabled(self, bot: Bot) -> bool:
        """Not disabled."""
        return bot.delete_at == 0
