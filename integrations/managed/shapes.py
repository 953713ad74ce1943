"""What people say of a hook: each field declared once, with its type, its limit and its words.

A kind lists its fields in a TypedDict. Bodies over REST, arguments and checks of services, the forms on pages
and those of the console are made from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypedDict, get_args, get_origin, get_type_hints

from mattermost_hooks.limits import Limit


@dataclass(frozen=True)
class Shape:
    """The limit of a field and its words; a kind may say some of them otherwise.

    `longest` counts bytes of UTF-8, as Mattermost does; 0 for no limit of this sort. `error` is the part of the
    refusal's id that tells the field, `sentence` its message; of() makes the `limit` of them. Without `label`
    the forms of pages and console ask for the field in their own way.
    """

    longest: int = 0
    error: str = ""
    sentence: str = ""
    label: str = ""
    help: str = ""
    console_label: str = ""
    console_help: str = ""
    type: type = str
    limit: Limit | None = None

    @property
    def given(self) -> Any:
        """The type of what is given: lists hold texts."""
        return list[str] if self.type is list else self.type

    def kept(self, given: Mapping[str, Any], name: str) -> Any:
        """The value as the row keeps it; blank if it was not given."""
        return self.type(given[name]) if name in given else self.type()


Shapes = Mapping[str, Shape]


class Named(TypedDict, total=False):
    """What every hook says of itself."""

    display_name: Annotated[
        str,
        Shape(64, "display_name", "Invalid title.", label="Title", help="Its name in lists."),
    ]
    description: Annotated[
        str, Shape(500, "description", "Invalid description.", label="Description")
    ]


class Appearance(TypedDict, total=False):
    """The name and the picture of what a hook posts."""

    username: Annotated[
        str,
        Shape(
            64,
            "username",
            "Invalid username.",
            label="Username",
            help="The name on its posts, unless a message brings its own.",
            console_help="Kept only while Integration Management lets integrations override usernames.",
        ),
    ]
    icon_url: Annotated[
        str,
        Shape(
            1024,
            "icon_url",
            "Invalid icon.",
            label="Profile picture",
            help="The address of a picture for its posts.",
            console_label="Icon URL",
            console_help="Kept only while Integration Management lets integrations override pictures.",
        ),
    ]


def of(said: type, error_ids: str, **otherwise: Mapping[str, str]) -> Shapes:
    """The shapes of a TypedDict's fields, in its order, with their limits, whose ids begin with `error_ids`.

    `otherwise` holds what a kind says in its own words.
    """
    shapes: dict[str, Shape] = {}
    for name, hint in get_type_hints(said, include_extras=True).items():
        given, shape = get_args(hint)
        kept = list if get_origin(given) is Sequence else given
        shape = replace(shape, type=kept, **otherwise.get(name, {}))
        shapes[name] = replace(shape, limit=_limit(name, shape, error_ids))
    return shapes


def _limit(name: str, shape: Shape, error_ids: str) -> Limit | None:
    if not shape.longest:
        return None
    error_id = f"{error_ids}.{shape.error}.app_error"
    return Limit(
        field=name, most=shape.longest, id=error_id, sentence=shape.sentence, in_bytes=True
    )
