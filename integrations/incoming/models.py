"""Incoming webhooks, addresses that programs post to (specification §1.10), and their calls (§2.12)."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel
from channels_app.posts.models import Post
from integrations.managed.models import ManagedHook
from mattermost_hooks.records import IdField, new_ordered_id, now_ms

POSTED, REFUSED, UNLISTED = "posted", "refused", "unlisted"
# Outcome → the least and the greatest status that tells it.
STATUSES = {POSTED: (200, 299), REFUSED: (300, 599), UNLISTED: (0, 0)}
LONGEST_SOURCE, LONGEST_ERROR_ID, LONGEST_TEXT = 64, 128, 300


class IncomingWebhook(ManagedHook):
    """A hook; its id is the secret part of the URL."""

    OWNER = "user"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    channel_locked = models.BooleanField(default=False)
    # Nobody but the owner or a system administrator lets a hook write to people in the owner's name.
    direct_messages = models.BooleanField(default=True)
    last_used = models.BigIntegerField(default=0, editable=False)

    class Meta:
        app_label = "integrations"
        indexes = [models.Index(fields=["team", "create_at"], name="incoming_team_create_at")]


class IncomingCall(models.Model):
    """One call of a hook and what came of it (specification §2.12); of what was sent nothing but its size.

    `status` is what the caller was answered, 0 for a line that stands for calls that have none. The keys are
    without constraints: to check them costs more than the row, and one whose hook or post is gone harms nobody.
    """

    id = IdField(primary_key=True, default=new_ordered_id, editable=False)
    hook = models.ForeignKey(
        IncomingWebhook,
        on_delete=models.CASCADE,
        related_name="calls",
        db_index=False,
        db_constraint=False,
    )
    create_at = models.BigIntegerField(default=now_ms)
    source = models.CharField(max_length=LONGEST_SOURCE, blank=True, default="")
    size = models.BigIntegerField(default=0)
    status = models.PositiveSmallIntegerField()
    error_id = models.CharField(max_length=LONGEST_ERROR_ID, blank=True, default="")
    message = models.CharField(max_length=LONGEST_TEXT, blank=True, default="")
    detail = models.CharField(max_length=LONGEST_TEXT, blank=True, default="")
    # The first one, where a message became several.
    post = models.ForeignKey(
        Post,
        on_delete=models.DO_NOTHING,
        related_name="+",
        null=True,
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        app_label = "integrations"
        indexes = [models.Index(fields=["hook", "id"], name="incoming_call_hook_id")]

    def __str__(self) -> str:
        return f"{self.outcome} call"

    @property
    def outcome(self) -> str:
        """`posted`, `refused`, or `unlisted` for calls that are told by their number alone."""
        return next(
            name for name, (least, most) in STATUSES.items() if least <= self.status <= most
        )
