"""Teams, channels and who is in them (specification §1.2–1.5)."""

from django.conf import settings
from django.db import models

from mattermost_hooks.records import Record, new_id, now_ms

OPEN, INVITE = "O", "I"
PUBLIC, PRIVATE, DIRECT, GROUP = "O", "P", "D", "G"
TEAM_TYPES = [(OPEN, "Open"), (INVITE, "Invite only")]
CHANNEL_TYPES = [
    (PUBLIC, "Public"),
    (PRIVATE, "Private"),
    (DIRECT, "Direct message"),
    (GROUP, "Group message"),
]


def default_channel_notify_props() -> dict[str, str]:
    """A new member of a channel follows the settings of the account."""
    return {
        "desktop": "default",
        "email": "default",
        "ignore_channel_mentions": "default",
        "mark_unread": "all",
        "push": "default",
    }


class Team(Record):
    """People who share channels."""

    name = models.CharField(max_length=64)
    display_name = models.CharField(max_length=64)
    description = models.CharField(max_length=255, blank=True, default="")
    email = models.CharField(max_length=128, blank=True, default="")
    type = models.CharField(max_length=1, choices=TEAM_TYPES, default=OPEN)
    company_name = models.CharField(max_length=64, blank=True, default="")
    allowed_domains = models.CharField(max_length=500, blank=True, default="")
    invite_id = models.CharField(max_length=32, default=new_id)
    allow_open_invite = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name"], name="one_team_per_name")]

    def __str__(self) -> str:
        return self.display_name


class TeamMember(models.Model):
    """A person in a team; leaving sets delete_at and keeps the row."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="team_memberships"
    )
    is_admin = models.BooleanField(default=False)
    create_at = models.BigIntegerField(default=now_ms)
    delete_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_team")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class Channel(Record):
    """Where posts stand. Direct and group messages have no team."""

    team = models.ForeignKey(
        Team, on_delete=models.CASCADE, related_name="channels", null=True, db_index=False
    )
    type = models.CharField(max_length=1, choices=CHANNEL_TYPES, default=PUBLIC)
    name = models.CharField(max_length=64)
    display_name = models.CharField(max_length=64, blank=True, default="")
    header = models.CharField(max_length=1024, blank=True, default="")
    purpose = models.CharField(max_length=250, blank=True, default="")
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="+",
        null=True,
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "name"], name="unique_channel_name_in_team"),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(team__isnull=True),
                name="unique_channel_name_without_team",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.name

    @property
    def full_name(self) -> str:
        """Its name with the team's before it: every team has a Town Square."""
        return f"{self.team} / {self}"

    @property
    def is_open(self) -> bool:
        """Is this a public channel of a team?"""
        return self.type == PUBLIC


class ChannelMember(models.Model):
    """A person in a channel; `last_viewed_at` is what was looked at, counters.seen_up_to() knows the rest."""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channel_memberships"
    )
    is_admin = models.BooleanField(default=False)
    create_at = models.BigIntegerField(default=now_ms)
    notify_props = models.JSONField(default=default_channel_notify_props)
    last_viewed_at = models.BigIntegerField(default=0)
    last_update_at = models.BigIntegerField(default=now_ms)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "user"], name="one_membership_per_channel")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.channel_id}"
