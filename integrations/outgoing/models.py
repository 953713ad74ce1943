"""Outgoing webhooks (specification §1.11)."""

from django.conf import settings
from django.db import models

from channels_app.membership.models import Channel
from integrations.delivery import signing_secrets
from integrations.managed.models import ManagedHook
from mattermost_hooks.records import ID_LENGTH, new_id

# What its deliveries are called.
DELIVERY_KIND = "outgoing_webhook"
EXACT, STARTS_WITH = 0, 1
FORM, JSON = "application/x-www-form-urlencoded", "application/json"

TRIGGER_WHEN = [
    (EXACT, "the first word is exactly a trigger word"),
    (STARTS_WITH, "the first word starts with a trigger word"),
]


class OutgoingWebhook(ManagedHook):
    """A hook that reports posts of a channel, or posts that begin with a word, to its callback URLs."""

    OWNER = "creator"

    token = models.CharField(max_length=ID_LENGTH, default=new_id)
    sealed_secrets = models.TextField(default=signing_secrets.first, editable=False)
    creator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+", null=True)
    trigger_words = models.JSONField(default=list)
    trigger_when = models.PositiveSmallIntegerField(choices=TRIGGER_WHEN, default=EXACT)
    callback_urls = models.JSONField(default=list)
    content_type = models.CharField(max_length=128, blank=True, default="")
    # How often a delivery is tried; 0 for what the console says, 1 for once, as Mattermost does.
    most_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "integrations"
        indexes = [models.Index(fields=["team", "create_at"], name="outgoing_team_create_at")]
