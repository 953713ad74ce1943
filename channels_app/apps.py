"""Django's handle on this app."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels_app"
    verbose_name = "Channels"

    def ready(self) -> None:
        """A post may mention people."""
        # Their models cannot be imported earlier.
        from .posts import after_effects
        from .unread import mentions

        after_effects.add(in_transaction=mentions.made_by)
