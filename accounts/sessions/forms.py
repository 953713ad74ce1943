"""What a person fills in to sign in; the rules stand in sessions.py."""

from django import forms

from mattermost_hooks.forms import SaysWhatIsWrong

_NAME = {
    "autocomplete": "username",
    "autocapitalize": "none",
    "spellcheck": "false",
    "autofocus": True,
}


class SignInForm(SaysWhatIsWrong, forms.Form):
    """Name and password; a password that was refused is typed anew."""

    login_id = forms.CharField(label="Username or email", widget=forms.TextInput(attrs=_NAME))
    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
