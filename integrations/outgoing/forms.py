"""What a person fills in for an outgoing webhook; the rules stand in hooks.py."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from channels_app.models import Channel
from integrations.channel_field import ChannelHandleField, channel_field
from mattermost_hooks.console.config import get_config

from .models import EXACT, FORM, JSON, TRIGGER_WHEN


class OutgoingWebhookForm(forms.Form):
    """Checks shape only. It asks for a name and a picture only while the console allows them."""

    display_name = forms.CharField(
        label="Title", max_length=64, required=False, help_text="Shown in this list."
    )
    channel = channel_field(
        required=False,
        help_text="The name of a public channel. Empty for all of them, if there are trigger words.",
    )
    trigger_words = forms.CharField(
        label="Trigger words",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Separated by commas, blanks or lines. May stay empty if there is a channel.",
    )
    trigger_when = forms.TypedChoiceField(
        label="Fires when", choices=TRIGGER_WHEN, coerce=int, initial=EXACT
    )
    callback_urls = forms.CharField(
        label="Callback URLs",
        widget=forms.Textarea(attrs={"rows": 2, "inputmode": "url", "spellcheck": "false"}),
        help_text="One per line. Each gets a POST request for every post that fires.",
    )
    content_type = forms.ChoiceField(label="Content type", choices=[(FORM, FORM), (JSON, JSON)])
    description = forms.CharField(label="Description", max_length=500, required=False)
    username = forms.CharField(
        label="Username",
        max_length=64,
        required=False,
        help_text="The name on its replies, unless a reply brings its own.",
    )
    icon_url = forms.CharField(
        label="Profile picture",
        max_length=1024,
        required=False,
        help_text="The address of a picture for its replies.",
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

    def clean_trigger_words(self) -> list[str]:
        """The words, each once."""
        return _listed(self.cleaned_data["trigger_words"], separators=r"[,\s]+")

    def clean_callback_urls(self) -> list[str]:
        """The addresses, each once."""
        return _listed(self.cleaned_data["callback_urls"], separators=r"\s+")


def _listed(text: str, *, separators: str) -> list[str]:
    return list(dict.fromkeys(one for one in re.split(separators, text) if one))
