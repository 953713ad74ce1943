"""What stands in addresses: `<id:team_id>`, `<person:user_id>` where `me` means who asks, `<handle:name>`."""

from collections.abc import Mapping

from django.urls import register_converter
from django.urls.converters import StringConverter

from mattermost_hooks.errors import Refusal
from mattermost_hooks.records import is_id

# Something else in the place of an id in an address.
not_an_id = Refusal(
    "api.context.invalid_url_param.app_error",
    "Invalid or missing {} parameter in request URL.",
)


class NotAnId(str):
    """What stands in an address in the place of an id and cannot be one."""


class Id:
    """An id. What cannot be one still finds the endpoint, which answers 400 to those who may know."""

    regex = "[A-Za-z0-9]+"

    def to_python(self, value: str) -> str:
        """The id, or what stands in its place, marked so that check() refuses it."""
        return value if is_id(value) else NotAnId(value)

    def to_url(self, value: str) -> str:
        """The id as it is."""
        return value


class Person(Id):
    """The id of an account, or `me`."""

    def to_python(self, value: str) -> str:
        """As of any id; `me` stays."""
        return value if value == "me" else super().to_python(value)


class Word(StringConverter):
    """Letters and digits that only the service understands."""

    regex = "[A-Za-z0-9]+"


class Handle(StringConverter):
    """The name of a team or a channel, as far as an address can have one."""

    regex = "[A-Za-z0-9_-]+"


class Username(StringConverter):
    """The name of an account, as far as an address can have one."""

    regex = "[A-Za-z0-9_.-]+"


register_converter(Word, "word")
register_converter(Handle, "handle")
register_converter(Username, "username")
register_converter(Id, "id")
register_converter(Person, "person")


def check(captured: Mapping[str, object]) -> None:
    """Refuse with a 400 that names the first part of the address that is no id (specification §0)."""
    for name, value in captured.items():
        if isinstance(value, NotAnId):
            raise not_an_id(name)
