"""What a person fills in for an outgoing webhook, and to ask about it."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms

from channels_app.membership.models import Channel
from integrations.managed.forms import ChannelHandleField, HookForm
from mattermost_hooks.forms import SaysWhatIsWrong
from mattermost_hooks.records import is_id

from .hooks import KIND
from .models import EXACT, FORM, JSON, TRIGGER_WHEN, OutgoingWebhook

LONGEST_LINK = 2048
CONTENT_TYPES = [(FORM, FORM), (JSON, JSON)]
MOST_ATTEMPTS = [
    (0, "try again as the server does, for about three days"),
    (6, "try six times, within an hour"),
    (3, "try three times, within seconds"),
    (1, "give up at once, as Mattermost does"),
]


def content_types(kept: str) -> list[tuple[str, str]]:
    """What a form offers: the two that mean something, and what a hook has got over REST."""
    rare = [] if kept in ("", FORM, JSON) else [(kept, kept)]
    return CONTENT_TYPES + rare


class OutgoingWebhookForm(HookForm):
    """Asks for lists as text; all else is asked for as the kind declares it."""

    kind = KIND
    channel_help = (
        "The name of a public channel. Empty for all of them, if there are trigger words."
    )
    field_order = (
        *("display_name", "channel", "trigger_words", "trigger_when", "callback_urls"),
        *("content_type", "most_attempts", "description"),
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
    content_type = forms.ChoiceField(label="Content type", choices=CONTENT_TYPES)
    most_attempts = forms.ChoiceField(
        label="When a call fails", choices=MOST_ATTEMPTS, required=False
    )

    def shown(self, hook: OutgoingWebhook) -> dict[str, Any]:
        """Lists as text."""
        content_type = self.fields["content_type"]
        assert isinstance(content_type, forms.ChoiceField)  # noqa: S101 - tells the type checker
        content_type.choices = content_types(hook.content_type)
        return super().shown(hook) | {
            "trigger_words": ", ".join(hook.trigger_words),
            "callback_urls": "\n".join(hook.callback_urls),
        }

    def clean_trigger_words(self) -> list[str]:
        """The words, each once; over REST a word may hold a comma, which stays unless they are changed."""
        if self.hook and "trigger_words" not in self.changed_data:
            return list(self.hook.trigger_words)
        return _listed(self.cleaned_data["trigger_words"], separators=r"[,\s]+")

    def clean_most_attempts(self) -> int:
        """The number; whoever says nothing leaves it to the server."""
        return int(self.cleaned_data["most_attempts"] or 0)

    def clean_callback_urls(self) -> list[str]:
        """The addresses, each once."""
        return _listed(self.cleaned_data["callback_urls"], separators=r"\s+")


class AskForm(SaysWhatIsWrong, forms.Form):
    """Asks for a post, and for the channel whose last posts are offered."""

    names = {"post_id": "post"}

    post = forms.CharField(
        label="A link to the post, or its id",
        required=False,
        max_length=LONGEST_LINK,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, suggested: Sequence[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"] = ChannelHandleField(suggested, required=False)
        self.fields["channel"].label = "Or its channel, to choose from the last posts"

    def clean_post(self) -> str:
        """The id: the last thing in a link that may be one; blank if nothing was given."""
        text = self.cleaned_data["post"]
        ids = [part for part in re.split(r"[^A-Za-z0-9]+", text) if is_id(part)]
        if text and not ids:
            raise forms.ValidationError("This is neither a link to a post nor the id of one.")
        return ids[-1] if ids else ""


def _listed(text: str, *, separators: str) -> list[str]:
    return list(dict.fromkeys(one for one in re.split(separators, text) if one))
