"""Posts (specification §1.6)."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel
from mattermost_hooks.records import IdField, Record, new_ordered_id


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
