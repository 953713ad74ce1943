"""People and bots (specification §1.1, §1.9)."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from mattermost_hooks.records import Record, now_ms

SYSTEM_ADMIN = "system_admin"
SYSTEM_USER = "system_user"


def default_notify_props() -> dict[str, str]:
    """How a new account is notified."""
    return {
        "channel": "true",
        "comments": "never",
        "desktop": "mention",
        "desktop_sound": "true",
        "email": "true",
        "first_name": "false",
        "mention_keys": "",
        "push": "mention",
        "push_status": "away",
    }


def default_timezone() -> dict[str, str]:
    """The clock of a new account follows its browser."""
    return {"automaticTimezone": "", "manualTimezone": "", "useAutomaticTimezone": "true"}


class UserManager(BaseUserManager["User"]):
    """Django's own entry points; everything else goes through accounts.people.users."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account with this username, in any letter case."""
        return self.get(username=(username or "").lower())


class User(Record, AbstractBaseUser):
    """A person or a bot. `delete_at` other than 0 means deactivated."""

    username = models.CharField(max_length=64)
    email = models.CharField(max_length=128)
    email_verified = models.BooleanField(default=False)
    nickname = models.CharField(max_length=64, blank=True, default="")
    first_name = models.CharField(max_length=64, blank=True, default="")
    last_name = models.CharField(max_length=64, blank=True, default="")
    position = models.CharField(max_length=128, blank=True, default="")
    roles = models.CharField(max_length=256, default=SYSTEM_USER)
    props = models.JSONField(default=dict, blank=True)
    notify_props = models.JSONField(default=default_notify_props, blank=True)
    timezone = models.JSONField(default=default_timezone, blank=True)
    locale = models.CharField(max_length=8, default="en")
    last_password_update = models.BigIntegerField(default=now_ms)
    is_bot = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    last_login = None
    objects = UserManager()

    class Meta:
        indexes = [models.Index(fields=["create_at"], name="user_create_at")]
        constraints = [
            models.UniqueConstraint(fields=["username"], name="one_account_per_username"),
            models.UniqueConstraint(fields=["email"], name="one_account_per_email"),
        ]

    def __str__(self) -> str:
        return self.username

    def has_role(self, role: str) -> bool:
        """Does this account hold the system-wide role of that name?"""
        return role in self.roles.split()

    @property
    def is_system_admin(self) -> bool:
        """May this account do everything?"""
        return self.has_role(SYSTEM_ADMIN)

    @property
    def is_active(self) -> bool:  # type: ignore[override] # a field there, a property here
        """Not deactivated; the name is Django's."""
        return self.delete_at == 0

    @property
    def is_staff(self) -> bool:
        """May this account enter the System Console? The name is Django's."""
        return self.is_active and self.is_system_admin

    @property
    def display_name(self) -> str:
        """The name to show beside a post: the nickname, else first and last name, else the username."""
        return self.nickname or f"{self.first_name} {self.last_name}".strip() or self.username

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Django's question for the console: administrators may, others may not."""
        return self.is_staff

    def has_perms(self, perm_list: list[str], obj: models.Model | None = None) -> bool:
        """Django's question for the console."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Django's question for the console."""
        return self.is_staff


class Bot(models.Model):
    """What a bot account has beyond its user row, under the same id."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bots")
    description = models.CharField(max_length=1024, blank=True, default="")
    create_at = models.BigIntegerField(default=now_ms, editable=False)
    update_at = models.BigIntegerField(default=now_ms, editable=False)
    delete_at = models.BigIntegerField(default=0, editable=False)

    def __str__(self) -> str:
        return self.user.username
