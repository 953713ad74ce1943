"""Django's handle on this app."""

from django.apps import AppConfig
from django.core import checks as django_checks


class ConsoleConfig(AppConfig):
    name = "mattermost_hooks.console"
    label = "console"
    verbose_name = "System Console"

    def ready(self) -> None:
        """Let `manage.py check` look at the environment too."""
        from . import checks

        django_checks.register(checks.environment_check)
        django_checks.register(checks.secret_key_check, django_checks.Tags.security)
