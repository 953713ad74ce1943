"""Fields of console forms in the theme's look."""

from django import forms
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)


def text(*, required: bool = True, help_text: str = "") -> forms.CharField:
    """A line of text in the theme's look."""
    return forms.CharField(
        required=required, help_text=help_text, widget=UnfoldAdminTextInputWidget()
    )


def password(*, required: bool, help_text: str = "") -> forms.CharField:
    """A password as it was typed, blanks included; never shown again."""
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    return forms.CharField(required=required, strip=False, help_text=help_text, widget=widget)


def switch(label: str, help_text: str) -> forms.BooleanField:
    """A switch in the theme's look, for what is on or off."""
    return forms.BooleanField(
        required=False, label=label, help_text=help_text, widget=UnfoldBooleanSwitchWidget()
    )
