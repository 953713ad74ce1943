"""Outgoing webhooks, what they have to deliver and what became of it (specification §1.11)."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel
from channels_app.posts.models import Post
from integrations.managed.models import ManagedHook
from mattermost_hooks.records import ID_LENGTH, IdField, new_id, new_ordered_id, now_ms

EXACT, STARTS_WITH = 0, 1
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"

TRIGGER_WHEN = [
    (EXACT, "the first word is exactly a trigger word"),
    (STARTS_WITH, "the first word starts with a trigger word"),
]


class OutgoingWebhook(ManagedHook):
    """A hook that reports posts of a channel, or posts that begin with a word, to its callback URLs."""

    OWNER = "creator"

    token = models.CharField(max_length=ID_LENGTH, default=new_id)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", null=True)
    trigger_words = models.JSONField(default=list)
    trigger_when = models.PositiveSmallIntegerField(choices=TRIGGER_WHEN, default=EXACT)
    callback_urls = models.JSONField(default=list)
    content_type = models.CharField(max_length=128, blank=True, default="")

    class Meta:
        app_label = "integrations"
        indexes = [models.Index(fields=["team", "create_at"], name="outgoing_team_create_at")]


class Delivery(models.Model):
    """One payload for one callback URL, written in the transaction of the post that caused it.

    `due_at` is the only schedule: a claim pushes it ahead, a failure sets it to the next try. `endpoint` is the
    receiver behind the URL (integrations/delivery/endpoints.py).
    """

    id = IdField(primary_key=True, default=new_ordered_id, editable=False)
    hook = models.ForeignKey(
        OutgoingWebhook, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    url = models.CharField(max_length=1024)
    endpoint = models.CharField(max_length=280)
    content_type = models.CharField(max_length=128)
    payload = models.JSONField()
    status = models.CharField(max_length=9, default=PENDING)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    # Counts the claims, so that who has lost one cannot settle over its successor.
    claim = models.PositiveIntegerField(default=0, editable=False)
    create_at = models.BigIntegerField(default=now_ms)
    update_at = models.BigIntegerField(default=now_ms)
    due_at = models.BigIntegerField(default=now_ms)
    note = models.TextField(blank=True, default="")

    class Meta:
        app_label = "integrations"
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"],
                condition=models.Q(status=PENDING),
                name="delivery_pending_of_endpoint",
            ),
            models.Index(fields=["hook", "id"], name="delivery_hook_id"),
            models.Index(
                fields=["id"], condition=models.Q(status=FAILED), name="delivery_failed_id"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} delivery of {self.hook}"


class Attempt(models.Model):
    """One try of a delivery and what came of it; the reply is kept cut, for people to read."""

    id = IdField(primary_key=True, default=new_ordered_id, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    create_at = models.BigIntegerField(default=now_ms)
    duration_ms = models.PositiveIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=500, blank=True, default="")
    response_start = models.TextField(blank=True, default="")

    class Meta:
        app_label = "integrations"

    def __str__(self) -> str:
        return f"attempt at {self.create_at}"
