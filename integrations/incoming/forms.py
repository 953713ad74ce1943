"""What a person fills in for an incoming webhook; the rules stand in hooks.py."""

from collections.abc import Sequence
from typing import Any

from django import forms

from channels_app.models import Channel
from integrations.channel_field import ChannelHandleField, channel_field
from mattermost_hooks.console.config import get_config


class IncomingWebhookForm(forms.Form):
    """Checks shape only. It asks for a name and a picture only while the console allows them."""

    display_name = forms.CharField(
        label="Title", max_length=64, required=False, help_text="Shown in this list."
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

    def __init__(self, *args: Any, suggested: Sequence[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["channel"]
        assert isinstance(field, ChannelHandleField)  # noqa: S101 - tells the type checker
        field.suggest(suggested)
        settings = get_config().ServiceSettings
        if not settings.EnablePostUsernameOverride:
            del self.fields["username"]
        if not settings.EnablePostIconOverride:
            del self.fields["icon_url"]
