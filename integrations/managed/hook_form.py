"""What the forms of both kinds of webhooks have in common.

They ask for a channel by its handle, with some of the channels suggested: a list of all would be as long as
the team is large.
"""

from collections.abc import Sequence
from typing import Any

from django import forms

from channels_app.membership.models import Channel
from mattermost_hooks.console.config import get_config
from mattermost_hooks.forms import SaysWhatIsWrong

MOST_SUGGESTIONS = 100
LONGEST_HANDLE = 64


class ChannelHandleField(forms.CharField):
    """The handle of a channel, as it is or after a ~ or #."""

    suggestions: Sequence[Channel] = ()

    def suggest(self, channels: Sequence[Channel]) -> None:
        """Offer these while somebody types; every other handle may be typed as well."""
        self.suggestions = channels[:MOST_SUGGESTIONS]

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The list of the suggestions stands beside the field, in templates/_field.html."""
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


class HookForm(SaysWhatIsWrong, forms.Form):
    """A form for a new webhook, or for the one it is given. It asks for a name and a picture only while the
    console allows them.
    """

    def __init__(
        self, *args: Any, suggested: Sequence[Channel], hook: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.hook = hook
        if hook is not None:
            self.initial = self.shown(hook)
        field = self.fields["channel"]
        assert isinstance(field, ChannelHandleField)  # noqa: S101 - tells the type checker
        field.suggest(suggested)
        settings = get_config().ServiceSettings
        if not settings.EnablePostUsernameOverride:
            del self.fields["username"]
        if not settings.EnablePostIconOverride:
            del self.fields["icon_url"]

    def shown(self, hook: Any) -> dict[str, Any]:
        """What the fields hold of a hook."""
        fields = {name: getattr(hook, name) for name in self.fields}
        return fields | {"channel": hook.channel.name if hook.channel else ""}


def channel_field(*, required: bool, help_text: str) -> ChannelHandleField:
    """The field "Channel" of a hook's form."""
    return ChannelHandleField(
        label="Channel", required=required, max_length=LONGEST_HANDLE + 1, help_text=help_text
    )
