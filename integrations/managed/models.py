"""What every hook is, of whatever kind (specification §1.10, §1.11)."""

from typing import Any, ClassVar

from django.db import models

from accounts.people.models import User
from channels_app.membership.models import Team
from mattermost_hooks import text
from mattermost_hooks.records import Record


class ManagedHook(Record):
    """A row that people of a team make, change and delete, and that acts as its owner."""

    # Clients call the owner by the name of this field, so each kind has its own.
    OWNER: ClassVar[str]
    # Some kinds always have a channel and others may have one, so the column is theirs.
    channel: Any
    channel_id: Any

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+", db_index=False)
    display_name = models.CharField(max_length=64, blank=True, default="")
    description = models.CharField(max_length=500, blank=True, default="")
    username = models.CharField(max_length=64, blank=True, default="")
    icon_url = models.CharField(max_length=1024, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title or str(self._meta.verbose_name)

    @property
    def title(self) -> str:
        """What people call the hook; empty also for a name of which nothing can be seen."""
        return self.display_name if text.can_be_seen(self.display_name) else ""

    @property
    def owner(self) -> User:
        """In whose name the hook acts."""
        owner: User = getattr(self, self.OWNER)
        return owner
