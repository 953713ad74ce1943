"""Incoming webhooks: an address that external programs post to (specification §1.10)."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel
from integrations.managed.models import ManagedHook


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
