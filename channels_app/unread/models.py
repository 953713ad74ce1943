"""Whom posts mention, and what has been counted already."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel
from channels_app.posts.models import Post


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
