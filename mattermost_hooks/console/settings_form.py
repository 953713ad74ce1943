"""The form of a settings page, made from what sections.py declares."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from unfold import widgets

from mattermost_hooks.errors import AppError
from mattermost_hooks.forms import SaysWhatIsWrong

from . import config


@dataclass(frozen=True)
class Row:
    """One setting as the page shows it: its input, and in small print its name, default and range."""

    input: forms.BoundField
    name: str
    default: str
    range: str
    fixed_by: str


class SettingsForm(SaysWhatIsWrong, forms.Form):
    """The settings of one page; what the environment fixes is shown and cannot be changed."""

    def __init__(self, title: str, *args: Any) -> None:
        super().__init__(*args)
        values = config.as_json(config.get_config())
        self._declared: dict[str, tuple[str, config.Field]] = {}
        for section, fields in config.declared().items():
            for field in fields.values():
                if field.metadata["group"] == title:
                    key = f"{section}.{field.name}"
                    self._declared[key] = section, field
                    self.fields[key] = _form_field(section, field, values[section][field.name])

    def changes(self) -> config.Changes:
        """What was changed, as save_config() takes it."""
        changes: dict[str, dict[str, object]] = {}
        for key in self.changed_data:
            section, field = self._declared[key]
            changes.setdefault(section, {})[field.name] = self.cleaned_data[key]
        return changes

    def rows(self) -> Iterator[Row]:
        """The settings in their order."""
        for key, (section, field) in self._declared.items():
            fixed = config.is_fixed(section, field.name)
            yield Row(
                input=self[key],
                name=key,
                default=_words(field.default),
                range="{:,} to {:,}".format(*field.metadata["range"])
                if "range" in field.metadata
                else "",
                fixed_by=config.environment_name(section, field.name) if fixed else "",
            )


def _form_field(section: str, field: config.Field, value: object) -> forms.Field:
    made = _typed_field(field, _rule(section, field))
    made.initial = value
    made.label = field.metadata["label"] or field.name
    made.help_text = field.metadata["help"]
    made.disabled = config.is_fixed(section, field.name)
    return made


def _typed_field(field: config.Field, rule: Callable[[object], None]) -> forms.Field:
    if field.type is bool:
        return forms.BooleanField(required=False, widget=widgets.UnfoldBooleanSwitchWidget())
    if field.type is int:
        low, high = field.metadata["range"]
        number = widgets.UnfoldAdminIntegerFieldWidget(attrs={"min": low, "max": high})
        return forms.IntegerField(widget=number, validators=[rule])
    if choices := field.metadata.get("choices"):
        pairs = [(choice, choice) for choice in choices]
        return forms.ChoiceField(choices=pairs, widget=widgets.UnfoldAdminSelectWidget())
    if field.metadata.get("secret"):
        hidden = widgets.UnfoldAdminPasswordWidget(render_value=True)
        return forms.CharField(required=False, widget=hidden, validators=[rule])
    text = widgets.UnfoldAdminTextInputWidget()
    return forms.CharField(required=False, empty_value="", widget=text, validators=[rule])


def _rule(section: str, field: config.Field) -> Callable[[object], None]:
    """The same check as for REST, in the form's own kind of error."""

    def check(value: object) -> None:
        try:
            config.checked(section, field, value)
        except AppError as error:
            raise forms.ValidationError(error.words) from error

    return check


def _words(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, int):
        return f"{default:,}"
    return str(default) or "empty"
