"""How forms ask for a channel: by its handle, with some of the channels suggested.

A list of all would be as long as the team is large.
"""

from collections.abc import Sequence
from typing import Any

from django import forms

from channels_app.models import Channel

MOST_SUGGESTIONS = 100
LONGEST_HANDLE = 64


class ChannelHandleField(forms.CharField):
    """The handle of a channel, as it is or after a ~ or #."""

    suggestions: Sequence[Channel] = ()

    def suggest(self, channels: Sequence[Channel]) -> None:
        """Offer these while somebody types; every other handle may be typed as well."""
        self.suggestions = channels[:MOST_SUGGESTIONS]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The list of the suggestions stands beside the field, in integrations/_field.html."""
        return super().widget_attrs(widget) | {
            "list": "channel-suggestions",
            "autocapitalize": "none",
            "autocomplete": "off",
            "spellcheck": "false",
            "placeholder": "town-square",
        }

    def to_python(self, value: Any) -> str:
        """The handle alone."""
        return str(super().to_python(value)).lower().lstrip("~#")


def channel_field(*, required: bool, help_text: str) -> ChannelHandleField:
    """The field "Channel" of a hook's form."""
    return ChannelHandleField(
        label="Channel", required=required, max_length=LONGEST_HANDLE + 1, help_text=help_text
    )
