"""What a form says of what its service refuses."""

from django import forms

from mattermost_hooks.errors import AppError
from mattermost_hooks.forms import SaysWhatIsWrong


class Form(SaysWhatIsWrong, forms.Form):
    """Two fields, one of which the service calls otherwise."""

    names = {"email": "address"}
    name = forms.CharField(widget=forms.TextInput(attrs={"autofocus": True}))
    address = forms.CharField()


def refused(field: str = "", words: str = "") -> Form:
    """A form that is filled in, and what the service says of it."""
    form = Form({"name": "ann", "address": "typed"})
    assert form.is_valid()
    form.refuse(AppError("some.id", "email must be set.", detail="email", field=field, words=words))
    return form


def test_a_refusal_stands_at_its_field_in_words_and_what_was_typed_stays() -> None:
    form = refused(field="email", words="Give an address.")
    assert form.errors == {"address": ["Give an address."]}
    shown = str(form["address"])
    assert 'value="typed"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'aria-describedby="id_address_error"' in shown


def test_what_no_field_is_about_stands_above_all() -> None:
    assert refused().non_field_errors() == ["email must be set."]
    assert refused(field="owner").non_field_errors() == ["email must be set."]


def test_the_first_wrong_field_has_the_focus_and_no_other() -> None:
    assert "autofocus" in str(Form()["name"])
    form = refused(field="email")
    assert "autofocus" not in str(form["name"])
    assert "autofocus" in str(form["address"])
    form.add_error("name", "wrong too")
    assert "autofocus" in str(form["name"])
    assert "autofocus" not in str(form["address"])
    assert "autofocus" not in str(Form()["address"])
