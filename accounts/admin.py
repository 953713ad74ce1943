"""People, bots, access tokens and sessions in the System Console."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from mattermost_hooks import errors
from mattermost_hooks.console.record_admin import LiveFilter, RecordAdmin, ServiceForm, when
from mattermost_hooks.console.site import USER_MANAGEMENT, site

from . import bots, guesses, sessions, tokens, users
from .models import AccessToken, Bot, Session, User


def text(*, required: bool = True, help_text: str = "") -> forms.CharField:
    """A line of text in the theme's look."""
    return forms.CharField(
        required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget()
    )


def password(*, required: bool, help_text: str = "") -> forms.CharField:
    """A password as it was typed, blanks included; never shown again."""
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    return forms.CharField(required=required, strip=False, help_text=help_text, widget=widget)


def switch(label: str, help_text: str) -> forms.BooleanField:
    """A switch in the theme's look, for what is on or off."""
    return forms.BooleanField(
        required=False, label=label, help_text=help_text, widget=UnfoldBooleanSwitchWidget()
    )


class NewUserForm(ServiceForm):
    """What an account starts with."""

    username = text()
    email = forms.EmailField(label="E-mail", widget=UnfoldAdminTextInputWidget())
    password = password(required=True)
    first_name = text(required=False)
    last_name = text(required=False)

    def serve(self) -> User:
        """Make the account."""
        return users.create(actor=self.actor, **self.cleaned_data)


class UserForm(ServiceForm):
    """What an administrator changes of an account."""

    names = {"password": "new_password"}
    username = text(
        help_text="Renamed, the account is mentioned and signs in by its new name only; the old one is free."
    )
    administrator = switch(
        "System administrator", "May do everything, in every team and in this console."
    )
    active = switch("Active", "Switched off, the account cannot sign in and its sessions end.")
    new_password = password(
        required=False,
        help_text="Unlocks the account and ends its sessions. Left empty, the password stays.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(
            username=self.instance.username,
            administrator=self.instance.is_system_admin,
            active=self.instance.is_active,
        )

    def serve(self) -> User:
        """Change what differs."""
        user, actor, given = self.instance, self.actor, self.cleaned_data
        if given["new_password"]:
            users.set_password(user=user, password=given["new_password"])
        if given["username"].lower() != user.username:
            users.rename(actor=actor, user=user, username=given["username"])
        if given["administrator"] != user.is_system_admin:
            users.set_administrator(actor=actor, user=user, administrator=given["administrator"])
        if given["active"] != user.is_active:
            users.set_active(actor=actor, user=user, active=given["active"])
        return User.objects.get(id=user.id)


@admin.register(User, site=site)
class UserAdmin(RecordAdmin):
    """People; bots have a list of their own."""

    group, icon = USER_MANAGEMENT, "person"
    form, add_form = UserForm, NewUserForm
    add_fields = ("username", "email", "password", "first_name", "last_name")
    readonly_fields = (
        "email",
        "display_name",
        "roles",
        "wrong_passwords",
        "created",
        "deactivated",
    )
    fields = ("username", *readonly_fields, "administrator", "active", "new_password")
    list_display = (
        "username",
        "display_name",
        "email",
        "is_system_admin",
        "is_active",
        "created",
    )
    list_filter = (LiveFilter,)
    search_fields = ("username", "email", "nickname", "first_name", "last_name")
    ordering = ("username",)
    actions = ["activate", "deactivate", "unlock"]
    deactivated = when("delete_at", "Deactivated")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """People only: bots are no accounts to sign in with."""
        return User.objects.filter(is_bot=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new account has everything still open."""
        return () if obj is None else self.readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Through users.create."""
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through UserForm."""
        return self.admin_site.has_permission(request)

    @admin.display(description="System admin", boolean=True)
    def is_system_admin(self, user: User) -> bool:
        """May this account do everything?"""
        return user.is_system_admin

    @admin.display(description="Active", boolean=True, ordering="delete_at")
    def is_active(self, user: User) -> bool:
        """Not deactivated."""
        return user.is_active

    @admin.display(description="Wrong passwords")
    def wrong_passwords(self, user: User) -> str:
        """How many were tried lately, and whether somebody has to wait for it."""
        standing = guesses.standing(user.id)
        wait = -(-standing.longest_wait_ms // 1000)
        return f"{standing.wrong}, the next try waits {wait} s" if wait else str(standing.wrong)

    @admin.action(description="Unlock")
    def unlock(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let these accounts sign in at once, whatever wrong passwords came before."""

        def serve(user: User) -> None:
            users.unlock(user=user)

        self.do_each(request, chosen, serve, done="Unlocked")

    @admin.action(description="Activate")
    def activate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Let these accounts sign in again."""
        self._set_active(request, chosen, active=True)

    @admin.action(description="Deactivate")
    def deactivate(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Shut these accounts out and end their sessions."""
        self._set_active(request, chosen, active=False)

    def _set_active(self, request: HttpRequest, chosen: QuerySet[User], *, active: bool) -> None:
        def serve(user: User) -> None:
            users.set_active(actor=_actor(request), user=user, active=active)

        self.do_each(request, chosen, serve, done="Activated" if active else "Deactivated")


class NewBotForm(ServiceForm):
    """What a bot starts with."""

    username = text()
    display_name = text(required=False)
    description = forms.CharField(required=False, widget=UnfoldAdminTextareaWidget())

    def serve(self) -> Bot:
        """Make the bot, owned by the administrator who asks."""
        return bots.create(actor=self.actor, **self.cleaned_data)


class BotForm(ServiceForm):
    """What an administrator changes of a bot."""

    enabled = switch("Enabled", "Switched off, the bot's access tokens are refused.")

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

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new bot has everything still open."""
        return () if obj is None else self.readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Through bots.create."""
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through BotForm."""
        return self.admin_site.has_permission(request)

    @admin.display(description="Display name", ordering="user__first_name")
    def shown_name(self, bot: Bot) -> str:
        """The name beside its posts."""
        return bot.user.display_name

    @admin.display(description="Enabled", boolean=True, ordering="delete_at")
    def is_enabled(self, bot: Bot) -> bool:
        """Not disabled."""
        return bot.delete_at == 0


@admin.register(AccessToken, site=site)
class AccessTokenAdmin(RecordAdmin):
    """Personal access tokens; the secret itself was shown to its maker once and never again."""

    group, icon = USER_MANAGEMENT, "key"
    fields = ("description", "user", "is_active", "created")
    list_display = ("description", "user", "is_active", "created")
    list_select_related = ("user",)
    list_filter = ("is_active",)
    search_fields = ("description", "user__username")
    ordering = ("-create_at",)
    actions = ["enable", "disable"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through tokens.revoke."""
        return self.admin_site.has_permission(request)

    def delete_model(self, request: HttpRequest, obj: AccessToken) -> None:
        """Revoke the token."""
        tokens.revoke(actor=_actor(request), token_id=obj.id)

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, chosen: QuerySet[AccessToken]) -> None:
        """Let these tokens act again."""
        self._set_active(request, chosen, active=True)

    @admin.action(description="Disable")
    def disable(self, request: HttpRequest, chosen: QuerySet[AccessToken]) -> None:
        """Refuse these tokens until they are enabled again."""
        self._set_active(request, chosen, active=False)

    def _set_active(
        self, request: HttpRequest, chosen: QuerySet[AccessToken], *, active: bool
    ) -> None:
        def serve(token: AccessToken) -> None:
            tokens.set_active(actor=_actor(request), token_id=token.id, active=active)

        self.do_each(request, chosen, serve, done="Enabled" if active else "Disabled")


@admin.register(Session, site=site)
class SessionAdmin(RecordAdmin):
    """Who is signed in; deleting a session signs its owner out."""

    group, icon = USER_MANAGEMENT, "login"
    fields = ("user", "device_id", "signed_in", "last_active", "ends")
    list_display = ("user", "signed_in", "last_active", "ends")
    signed_in = when("create_at", "Signed in")
    last_active = when("last_activity_at", "Last active")
    ends = when("expires_at", "Ends")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("-create_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through sessions.sign_out."""
        return self.admin_site.has_permission(request)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        """End the session."""
        sessions.sign_out(session=obj)


def _actor(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise errors.not_permitted()
    return request.user
