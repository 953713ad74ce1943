"""Fields of hooks, each declared once."""

from collections.abc import Sequence
from typing import Annotated

from integrations.incoming import hooks as incoming
from integrations.managed import shapes
from integrations.managed.shapes import Shape
from integrations.outgoing import hooks as outgoing


class _Said(shapes.Named, total=False):
    words: Annotated[Sequence[str], Shape()]
    is_loud: Annotated[bool, Shape(label="Loud")]


def test_a_field_has_the_type_of_its_argument() -> None:
    said = shapes.of(_Said, "model.x")
    assert {name: shape.type for name, shape in said.items()} == {
        "display_name": str,
        "description": str,
        "words": list,
        "is_loud": bool,
    }


def test_what_is_not_said_is_kept_blank() -> None:
    said = shapes.of(_Said, "model.x")
    assert [shape.kept({}, name) for name, shape in said.items()] == ["", "", [], False]
    assert said["words"].kept({"words": ("a", "b")}, "words") == ["a", "b"]


def test_a_kind_says_some_of_it_in_its_own_words() -> None:
    said = shapes.of(_Said, "model.x", display_name={"error": "is_valid.name"})
    ids = [shape.limit.id for shape in said.values() if shape.limit]
    assert ids == ["model.x.is_valid.name.app_error", "model.x.description.app_error"]
    assert said["display_name"].label == "Title"


def test_a_text_may_be_as_long_as_its_column() -> None:
    """A service refuses what is longer, so that no database does."""
    for kind in (incoming.KIND, outgoing.KIND):
        texts = {name: shape for name, shape in kind.said.items() if shape.type is str}
        assert texts
        assert {name: shape.longest for name, shape in texts.items()} == {
            name: getattr(kind.model._meta.get_field(name), "max_length", 0) for name in texts
        }
