"""Django's handle on this app, and the one place where it listens to the app below."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = "Integrations"

    def ready(self) -> None:
        """New posts may fire outgoing webhooks, whose sender is known then; hooks end with their channel."""
        # Their models cannot be imported earlier.
        from accounts.sessions import rate_limit
        from channels_app.channels import endings
        from channels_app.posts import after_effects
        from mattermost_hooks.console import status

        from . import kinds
        from .delivery import health, senders
        from .incoming import api as incoming
        from .outgoing import triggers
        from .outgoing.sender import OutgoingWebhookSender

        for hooks in kinds.modules("hooks"):
            endings.add(hooks.KIND.end_with_channel)
        rate_limit.add(incoming.note_limited)
        senders.add(OutgoingWebhookSender())
        status.add("delivery_status", health.status)
        after_effects.add(
            in_transaction=triggers.deliveries_owed, after_commit=triggers.tell_workers
        )
