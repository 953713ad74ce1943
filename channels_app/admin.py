"""Teams and channels in the System Console."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from mattermost_hooks.console.record_admin import (
    BoundedChoicesFilter,
    LiveFilter,
    RecordAdmin,
    ServiceForm,
    when,
)
from mattermost_hooks.console.site import USER_MANAGEMENT, Figure, site
from mattermost_hooks.records import now_ms

from . import channels, teams
from .models import TEAM_TYPES, Channel, Post, Team, TeamMember

DAY_MS = 24 * 60 * 60 * 1000


def full_name(channel: Channel) -> str:
    """A channel with its team before it."""
    return f"{channel.team} / {channel}"


class NewTeamForm(ServiceForm):
    """What a team starts with."""

    display_name = forms.CharField(widget=UnfoldAdminTextInputWidget())
    name = forms.CharField(
        help_text="The team's part of its URLs: lower-case letters, digits and dashes.",
        widget=UnfoldAdminTextInputWidget(),
    )
    type = forms.ChoiceField(choices=TEAM_TYPES, widget=UnfoldAdminSelectWidget())

    def serve(self) -> Team:
        """Make the team, with its default channels and the administrator as first member."""
        return teams.create(actor=self.actor, **self.cleaned_data)


@admin.register(Team, site=site)
class TeamAdmin(RecordAdmin):
    """Teams."""

    group, icon = USER_MANAGEMENT, "groups"
    add_form = NewTeamForm
    add_fields = ("display_name", "name", "type")
    fields = (
        "display_name",
        "name",
        "type",
        "description",
        "allow_open_invite",
        "allowed_domains",
        "created",
        "archived",
    )
    list_display = ("display_name", "name", "type", "members", "created")
    list_filter = (LiveFilter, "type")
    search_fields = ("display_name", "name")
    ordering = ("display_name",)
    archived = when("delete_at", "Archived")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """With the number of members."""
        # Asked for each team that is shown, not for all before the first is.
        present = TeamMember.objects.filter(team=OuterRef("id"), delete_at=0).order_by()
        counted = present.values("team").annotate(number=Count("id")).values("number")
        teams_shown: QuerySet[Team] = super().get_queryset(request)
        return teams_shown.annotate(member_count=Coalesce(Subquery(counted), 0))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Through teams.create."""
        return self.admin_site.has_permission(request)

    @admin.display(description="Members", ordering="member_count")
    def members(self, team: Any) -> int:
        """How many people are in it."""
        return int(team.member_count)


@admin.register(Channel, site=site)
class ChannelAdmin(RecordAdmin):
    """Channels of teams; deleting one archives it. Direct and group messages are nobody else's to see."""

    group, icon = USER_MANAGEMENT, "tag"
    fields = (
        "display_name",
        "name",
        "team",
        "type",
        "purpose",
        "header",
        "creator",
        "created",
        "archived",
    )
    list_display = ("display_name", "name", "team", "type", "created")
    list_select_related = ("team",)
    list_filter = (LiveFilter, "type", ("team", BoundedChoicesFilter))
    search_fields = ("display_name", "name", "team__name", "team__display_name")
    ordering = ("team__display_name", "display_name", "id")
    archived = when("delete_at", "Archived")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """Those that belong to a team."""
        return super().get_queryset(request).filter(team__isnull=False).select_related("team")

    def choice_text(self, channel: Channel) -> str:
        """How forms name it: every team has a Town Square."""
        return full_name(channel)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Through channels.archive."""
        return self.admin_site.has_permission(request)

    def delete_model(self, request: HttpRequest, obj: Channel) -> None:
        """Archive the channel."""
        if isinstance(request.user, User):
            channels.archive(actor=request.user, channel=obj)


def post_figures() -> Iterable[Figure]:
    """How much is being said."""
    # Naming the channels lets the database use its index of channel and time.
    recent = Post.objects.filter(
        channel__in=Channel.objects.values("id"), create_at__gte=now_ms() - DAY_MS, delete_at=0
    )
    yield Figure("Posts, last 24 hours", recent.count())


site.add_figures(post_figures)
