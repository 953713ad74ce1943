"""Django's handle on this app, and the one place where it listens to the app below."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """New posts may fire outgoing webhooks."""
        # Their models cannot be imported earlier.
        from channels_app import after_effects

        from .outgoing import triggers

        after_effects.add(
            in_transaction=triggers.deliveries_owed, after_commit=triggers.tell_workers
        )
