"""Django's handle on this app, and the one place where it listens to the app below."""

from django.apps import AppConfig

from channels_app.signals import post_created


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """New posts may fire outgoing webhooks."""
        from .outgoing import triggers  # its models cannot be imported earlier

        post_created.connect(triggers.on_post_created)
