"""What a person fills in for an incoming webhook."""

from integrations.managed.forms import HookForm

from .hooks import KIND


class IncomingWebhookForm(HookForm):
    """Asks for what the kind declares."""

    kind = KIND
    channel_help = "The name of the channel for messages that name none themselves."
    field_order = ("display_name", "channel", "description", "username", "icon_url")
