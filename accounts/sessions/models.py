"""The sessions that people hold, and the tokens that stand for them (specification §1.7, §1.8)."""

from django.db import models

from accounts.people.models import User
from mattermost_hooks.records import IdField, Record, new_id, now_ms


class Session(Record):
    """A sign-in: its token is the secret that a client sends with every request."""

    token = IdField(unique=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    csrf = IdField(default=new_id)
    expires_at = models.BigIntegerField(db_index=True)
    last_activity_at = models.BigIntegerField(default=now_ms)
    device_id = models.CharField(max_length=512, blank=True, default="")

    def __str__(self) -> str:
        return f"session of {self.user_id}"


class AccessToken(Record):
    """A personal access token: a secret that acts for its owner until it is disabled or revoked."""

    token = IdField(unique=True, default=new_id)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    description = models.CharField(max_length=255)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.description
