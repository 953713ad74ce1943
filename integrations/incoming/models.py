"""Incoming webhooks: an address that external programs post to (specification §1.10)."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel, Team
from mattermost_hooks.records import Record


class IncomingWebhook(Record):
    """A hook; its id is the secret part of the URL."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    display_name = models.CharField(max_length=64, blank=True, default="")
    description = models.CharField(max_length=500, blank=True, default="")
    username = models.CharField(max_length=64, blank=True, default="")
    icon_url = models.CharField(max_length=1024, blank=True, default="")
    channel_locked = models.BooleanField(default=False)
    # Nobody but the owner or a system administrator lets a hook write to people in the owner's name.
    direct_messages = models.BooleanField(default=True)
    last_used = models.BigIntegerField(default=0, editable=False)

    class Meta:
        app_label = "integrations"
        indexes = [models.Index(fields=["team", "create_at"], name="incoming_team_create_at")]

    def __str__(self) -> str:
        return self.display_name or "incoming webhook"
