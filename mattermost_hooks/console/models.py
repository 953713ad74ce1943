"""The settings that differ from their defaults."""

from django.db import models


class Setting(models.Model):
    """One setting, named as in Mattermost's config.json; a missing row means the default."""

    section = models.CharField(max_length=64)
    name = models.CharField(max_length=128)
    value = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["section", "name"], name="one_value_per_setting")
        ]

    def __str__(self) -> str:
        return f"{self.section}.{self.name}"
