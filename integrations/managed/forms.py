"""What the forms of all kinds of hooks have in common; the rules stand in the services.

They ask for a channel by its handle, with some of the channels suggested: a list of all would be as long as
the team is large.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms

from channels_app.membership.models import Channel
from mattermost_hooks.console.config import get_config
from mattermost_hooks.forms import SaysWhatIsWrong

from .kind import Kind
from .shapes import Shape

MOST_SUGGESTIONS = 100
LONGEST_HANDLE = 64


class ChannelHandleField(forms.CharField):
    """The handle of a channel, as it is or after a ~ or #."""

    def __init__(self, suggestions: Sequence[Channel], **options: Any) -> None:
        """Some are offered while somebody types; every other handle may be typed as well."""
        self.suggestions = suggestions[:MOST_SUGGESTIONS]
        super().__init__(label="Channel", max_length=LONGEST_HANDLE + 1, **options)

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
    """A form for a new hook, or for the one it is given: it asks for what its kind declares, and for a name
    and a picture only while the console allows them. A kind adds the fields that are asked for in another way.
    """

    kind: ClassVar[Kind[Any]]
    channel_help: ClassVar[str]

    def __init__(
        self, *args: Any, suggested: Sequence[Channel], hook: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.hook = hook
        asked = {name: _asked(shape) for name, shape in self.kind.said.items() if shape.label}
        self.fields.update(asked)
        self.fields["channel"] = ChannelHandleField(
            suggested, required=self.kind.needs_channel, help_text=self.channel_help
        )
        settings = get_config().ServiceSettings
        if not settings.EnablePostUsernameOverride:
            del self.fields["username"]
        if not settings.EnablePostIconOverride:
            del self.fields["icon_url"]
        self.order_fields(self.field_order)
        if hook is not None:
            self.initial = self.shown(hook)

    def shown(self, hook: Any) -> dict[str, Any]:
        """What the fields hold of a hook."""
        fields = {name: getattr(hook, name) for name in self.fields}
        return fields | {"channel": hook.channel.name if hook.channel else ""}


def _asked(shape: Shape) -> forms.Field:
    words: dict[str, Any] = {"label": shape.label, "help_text": shape.help, "required": False}
    if shape.type is bool:
        return forms.BooleanField(**words)
    return forms.CharField(max_length=shape.longest, **words)
