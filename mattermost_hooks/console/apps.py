"""Django's handle on this app."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "mattermost_hooks.console"
    label = "console"
    verbose_name = "System Console"
