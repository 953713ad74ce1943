"""How every form says what is wrong: beside the field, in words for people, and the cursor stands there."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper as Wrapped

from .errors import AppError

if TYPE_CHECKING:  # what it is mixed into
    AnyForm = forms.BaseForm
else:
    AnyForm = object


View = TypeVar("View", bound=Callable[..., Any])


def says_what_is_wrong(view: View) -> View:
    """A view whose form says of each field that it holds a NUL; other forms are refused as a whole for it."""
    cast("Any", view).says_what_is_wrong = True
    return view


class SaysWhatIsWrong(AnyForm):
    """A form that shows what its service refuses. The first wrong field gets the focus, without scripts too.

    Django ties each error to its input (`aria-invalid`, `aria-describedby`) and keeps what was typed.
    """

    # Where a form calls a value otherwise than the service does: the service's name, then the form's.
    names: Mapping[str, str] = {}

    def refuse(self, refusal: AppError) -> None:
        """Say it beside the field that is wrong; above all fields if the form does not ask for it."""
        name = self.names.get(refusal.field, refusal.field)
        self.add_error(name if name in self.fields else None, refusal.words)

    def add_error(self, field: str | None, error: Any) -> None:
        """Keep the focus on the first field that is wrong."""
        super().add_error(field, error)
        wrong = next((name for name in self.fields if name in self.errors), None)
        for name, one in self.fields.items():
            # The console wraps some inputs in buttons, and the attributes of the wrapping are not shown.
            shown = one.widget.widget if isinstance(one.widget, Wrapped) else one.widget
            shown.attrs.pop("autofocus", None)
            if name == wrong:
                shown.attrs["autofocus"] = True
