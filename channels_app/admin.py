"""Teams and channels in the System Console."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db import models
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.people.asking import actor_of
from accounts.people.models import Bot, User
from mattermost_hooks.console.record_admin import (
    BoundedChoicesFilter,
    LiveFilter,
    RecordAdmin,
    ServiceForm,
    add_fields,
    when,
)
from mattermost_hooks.console.site import USER_MANAGEMENT, Figure, site
from mattermost_hooks.records import now_ms

from .channels import channels
from .membership.models import TEAM_TYPES, Channel, Team, TeamMember
from .posts.models import Post
from .teams import teams

DAY_MS = 24 * 60 * 60 * 1000


class TeamsInput(AutocompleteSelectMultiple):
    """Teams, each with a button that takes it away; one for all at once would only be pressed by mistake."""

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """What its script reads."""
        return super().build_attrs(base_attrs, extra_attrs) | {"data-allow-clear": "false"}


class InTeams(ServiceForm):
    """The teams of a person or a bot, on the page of the account."""

    names = {"team": "teams"}
    teams = forms.ModelMultipleChoiceField(
        Team.objects.filter(delete_at=0),
        required=False,
        help_text="Who is put into a team is in its default channels too.",
        # Where the page began: what somebody else changes meanwhile stays.
        show_hidden_initial=True,
        widget=TeamsInput(TeamMember._meta.get_field("team"), site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {**super().names, **InTeams.names}
        if not self.instance._state.adding:
            self.initial["teams"] = [team.pk for team in teams.of_user(_account(self.instance))]

    def serve(self) -> models.Model:
        """Put the account into the teams that were added, and take it out of those that were removed."""
        chosen = self.cleaned_data.pop("teams")
        record = super().serve()
        account = _account(record)
        shown = (
            self.fields["teams"]
            .hidden_widget()
            .value_from_datadict(self.data, self.files, self["teams"].html_initial_name)
        )
        for team in chosen:
            if team.pk not in shown:
                teams.add_member(actor=self.actor, team=team, user=account)
        for team in Team.objects.filter(pk__in=shown).exclude(pk__in=chosen):
            teams.remove_member(actor=self.actor, team=team, user=account)
        return record


add_fields(User, InTeams)
add_fields(Bot, InTeams)


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

    served = ("add",)
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
        "people",
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

    @admin.display(description="Members", ordering="member_count")
    def members(self, team: Any) -> int:
        """How many people are in it."""
        return int(team.member_count)

    @admin.display(description="Members")
    def people(self, team: Team) -> str:
        """The ways to who is in it, and to put somebody in."""
        return format_html(
            '<a href="{}?team__id__exact={}">All members</a> · <a href="{}?team={}">Add a member</a>',
            reverse("admin:channels_app_teammember_changelist"),
            team.pk,
            reverse("admin:channels_app_teammember_add"),
            team.pk,
        )


class NewMemberForm(ServiceForm):
    """Who is put into which team."""

    class Meta:
        labels = {"user": "Person", "is_admin": "Team administrator"}
        help_texts = {"is_admin": "May manage the team, its members and its webhooks."}

    def serve(self) -> TeamMember:
        """Put the person into the team and its default channels."""
        given = self.cleaned_data
        member = teams.add_member(actor=self.actor, team=given["team"], user=given["user"])
        return _with_roles(self.actor, member, is_admin=given["is_admin"])


class MemberForm(ServiceForm):
    """What a member may do in the team."""

    class Meta(NewMemberForm.Meta):
        pass

    def serve(self) -> TeamMember:
        """Make the member an administrator of the team, or no longer."""
        return _with_roles(self.actor, self.instance, is_admin=self.cleaned_data["is_admin"])


@admin.register(TeamMember, site=site)
class TeamMemberAdmin(RecordAdmin):
    """Who is in which team; deleting a membership takes the person out of the team and its channels."""

    served = ("add", "change", "delete")
    group, icon = USER_MANAGEMENT, "group_add"
    form, add_form = MemberForm, NewMemberForm
    add_fields = ("team", "user", "is_admin")
    readonly_fields = ("team", "user", "joined")
    fields = (*readonly_fields, "is_admin")
    autocomplete_fields = ("team", "user")
    list_display = ("user", "team", "is_administrator", "joined")
    list_select_related = ("team", "user")
    list_filter = (("team", BoundedChoicesFilter), "is_admin")
    search_fields = ("user__username", "user__email", "team__name", "team__display_name")
    ordering = ("team__display_name", "user__username", "id")
    actions = ["remove"]
    joined = when("create_at", "Joined")

    @admin.display(description="Team administrator", boolean=True, ordering="is_admin")
    def is_administrator(self, member: TeamMember) -> bool:
        """May this member manage the team?"""
        return member.is_admin

    def get_queryset(self, request: HttpRequest) -> QuerySet[TeamMember]:
        """Who is in now."""
        return super().get_queryset(request).filter(delete_at=0)

    def delete_model(self, request: HttpRequest, obj: TeamMember) -> None:
        """Take the person out of the team."""
        teams.remove_member(actor=actor_of(request), team=obj.team, user=obj.user)

    @admin.action(description="Take out of the team")
    def remove(self, request: HttpRequest, chosen: QuerySet[TeamMember]) -> None:
        """Take these people out of their teams and the channels there."""

        def serve(member: TeamMember) -> None:
            teams.remove_member(actor=actor_of(request), team=member.team, user=member.user)

        self.do_each(request, chosen, serve, done="Taken out")


@admin.register(Channel, site=site)
class ChannelAdmin(RecordAdmin):
    """Channels of teams; deleting one archives it. Direct and group messages are nobody else's to see."""

    served = ("delete",)
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
        return channel.full_name

    def delete_model(self, request: HttpRequest, obj: Channel) -> None:
        """Archive the channel."""
        channels.archive(actor=actor_of(request), channel=obj)


def post_figures() -> Iterable[Figure]:
    """How much is being said."""
    # Naming the channels lets the database use its index of channel and time.
    recent = Post.objects.filter(
        channel__in=Channel.objects.values("id"), create_at__gte=now_ms() - DAY_MS, delete_at=0
    )
    yield Figure("Posts, last 24 hours", recent.count())


site.add_figures(post_figures)


def _with_roles(actor: User, member: TeamMember, *, is_admin: bool) -> TeamMember:
    wanted = "team_user team_admin" if is_admin else "team_user"
    teams.set_roles(actor=actor, team=member.team, user_id=member.user.id, roles=wanted)
    return member


def _account(record: models.Model) -> User:
    account = record.user if isinstance(record, Bot) else record
    assert isinstance(account, User)  # noqa: S101 - tells the type checker
    return account
