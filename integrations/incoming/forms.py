"""What a person fills in for an incoming webhook; the rules stand in hooks.py."""

from django import forms

from integrations.managed.hook_form import HookForm, channel_field


class IncomingWebhookForm(HookForm):
    """Checks shape only."""

    display_name = forms.CharField(
        label="Title", max_length=64, required=False, help_text="Its name in lists."
    )
    channel = channel_field(
        required=True, help_text="The name of the channel for messages that name none themselves."
    )
    description = forms.CharField(label="Description", max_length=500, required=False)
    username = forms.CharField(
        label="Username",
        max_length=64,
        required=False,
        help_text="The name on its posts, unless a message brings its own.",
    )
    icon_url = forms.CharField(
        label="Profile picture",
        max_length=1024,
        required=False,
        help_text="The address of a picture for its posts.",
    )
    channel_locked = forms.BooleanField(
        label="Lock to this channel",
        required=False,
        help_text="Messages that name another channel are refused.",
    )
