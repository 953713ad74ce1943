"""Access tokens and sessions in the System Console."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.people.asking import actor_of
from mattermost_hooks.console.record_admin import RecordAdmin, when
from mattermost_hooks.console.site import USER_MANAGEMENT, site

from . import sessions, tokens
from .models import AccessToken, Session


@admin.register(AccessToken, site=site)
class AccessTokenAdmin(RecordAdmin):
    """Personal access tokens; the secret itself was shown to its maker once and never again."""

    served = ("delete",)
    group, icon = USER_MANAGEMENT, "key"
    fields = ("description", "user", "is_active", "created")
    list_display = ("description", "user", "is_active", "created")
    list_select_related = ("user",)
    list_filter = ("is_active",)
    search_fields = ("description", "user__username")
    ordering = ("-create_at",)
    actions = ["enable", "disable"]

    def delete_model(self, request: HttpRequest, obj: AccessToken) -> None:
        """Revoke the token."""
        tokens.revoke(actor=actor_of(request), token_id=obj.id)

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
            tokens.set_active(actor=actor_of(request), token_id=token.id, active=active)

        self.do_each(request, chosen, serve, done="Enabled" if active else "Disabled")


@admin.register(Session, site=site)
class SessionAdmin(RecordAdmin):
    """Who is signed in; deleting a session signs its owner out."""

    served = ("delete",)
    group, icon = USER_MANAGEMENT, "login"
    fields = ("user", "device_id", "signed_in", "last_active", "ends")
    list_display = ("user", "signed_in", "last_active", "ends")
    signed_in = when("create_at", "Signed in")
    last_active = when("last_activity_at", "Last active")
    ends = when("expires_at", "Ends")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    ordering = ("-create_at",)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        """End the session."""
        sessions.sign_out(session=obj)
