"""Teams, their channels and members, and the posts in them (specification §1.2–1.6)."""

from django.conf import settings
from django.db import models

from mattermost_hooks.records import IdField, Record, new_id, new_ordered_id, now_ms

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


class Origin(models.TextChoices):
    """Where a post came from."""

    PERSON = "P", "a person or a bot wrote it"
    WEBHOOK = "W", "a webhook brought it, or the answer to one"
    SERVER = "S", "the server says what happened"


class Post(Record):
    """A message in a channel. `root` is the first post of its thread, empty for a first post."""

    id = IdField(primary_key=True, default=new_ordered_id, editable=False)
    edit_at = models.BigIntegerField(default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts", db_index=False
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="posts", db_index=False
    )
    root = models.ForeignKey(
        "self", on_delete=models.CASCADE, related_name="replies", null=True, db_index=False
    )
    message = models.TextField(blank=True, default="")
    origin = models.CharField(max_length=1, choices=Origin.choices, default=Origin.PERSON)
    type = models.CharField(max_length=26, blank=True, default="")
    props = models.JSONField(default=dict, blank=True)
    hashtags = models.CharField(max_length=1000, blank=True, default="")
    file_ids = models.JSONField(default=list, blank=True)
    priority = models.CharField(max_length=16, blank=True, default="")
    is_pinned = models.BooleanField(default=False)
    pending_post_id = models.CharField(max_length=128, blank=True, default="")
    # The rendered body, kept with the renderer's version that made it; empty until first shown.
    html = models.TextField(blank=True, default="", editable=False)
    html_version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        indexes = [
            # Id and delete_at are in it so that a page far back is found without reading the posts.
            models.Index(
                fields=["channel", "create_at", "id", "delete_at"], name="post_channel_create_at"
            ),
            models.Index(fields=["channel", "update_at"], name="post_channel_update_at"),
            # What somebody has written last: up to there that person has seen the channel.
            models.Index(
                fields=["channel", "user", "create_at"],
                condition=models.Q(origin=Origin.PERSON),
                name="post_written",
            ),
            models.Index(fields=["root"], condition=models.Q(root__isnull=False), name="post_root"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "pending_post_id"],
                condition=~models.Q(pending_post_id=""),
                name="one_post_per_pending_id",
            ),
        ]

    def __str__(self) -> str:
        return self.message[:80]


class Mention(models.Model):
    """A post names somebody, or everybody in its channel (`user` is empty); counted when somebody reads.

    One row, however many members the channel has: whom it concerns follows from who is a member, and
    whether it is unread from what that member has seen.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        null=True,
        db_index=False,
    )
    create_at = models.BigIntegerField()
    is_root = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "user", "create_at", "is_root"], name="mention_channel_user"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id or 'everybody'} in {self.post_id}"


class Checkpoint(models.Model):
    """What had been counted in a channel up to a time: reading adds only what came after it."""

    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="checkpoints", db_index=False
    )
    counted_to = models.BigIntegerField()
    posts = models.PositiveBigIntegerField()
    threads = models.PositiveBigIntegerField()
    mentions = models.PositiveBigIntegerField()
    mention_threads = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "counted_to"], name="one_checkpoint_per_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} up to {self.counted_to}"
