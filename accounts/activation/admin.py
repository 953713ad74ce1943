"""Accounts in the System Console: made, renamed, switched on and off, given a new password."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminTextInputWidget,
)

from accounts.passwords import guesses
from accounts.people import users
from accounts.people.asking import actor_of
from accounts.people.models import User
from accounts.sessions import password_change
from mattermost_hooks.console import fields
from mattermost_hooks.console.record_admin import LiveFilter, RecordAdmin, ServiceForm, when
from mattermost_hooks.console.site import USER_MANAGEMENT, site

from . import activation


class NewUserForm(ServiceForm):
    """What an account starts with."""

    username = fields.text()
    email = forms.EmailField(label="E-mail", widget=UnfoldAdminTextInputWidget())
    password = fields.password(required=True)
    first_name = fields.text(required=False)
    last_name = fields.text(required=False)

    def serve(self) -> User:
        """Make the account."""
        return users.create(actor=self.actor, **self.cleaned_data)


class UserForm(ServiceForm):
    """What an administrator changes of an account."""

    names = {"password": "new_password"}
    username = fields.text(
        help_text="Renamed, the account is mentioned and signs in by its new name only; the old one is free."
    )
    administrator = fields.switch(
        "System administrator", "May do everything, in every team and in this console."
    )
    active = fields.switch(
        "Active", "Switched off, the account cannot sign in and its sessions end."
    )
    new_password = fields.password(
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
            password_change.set_password(user=user, password=given["new_password"])
        if given["username"].lower() != user.username:
            users.rename(actor=actor, user=user, username=given["username"])
        if given["administrator"] != user.is_system_admin:
            users.set_administrator(actor=actor, user=user, administrator=given["administrator"])
        if given["active"] != user.is_active:
            activation.set_active(actor=actor, user=user, active=given["active"])
        return User.objects.get(id=user.id)


@admin.register(User, site=site)
class UserAdmin(RecordAdmin):
    """People; bots have a list of their own."""

    served = ("add", "change")
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
            activation.set_active(actor=actor_of(request), user=user, active=active)

        self.do_each(request, chosen, serve, done="Activated" if active else "Deactivated")
