"""Reading single fields of a decoded JSON object."""

import pytest

from mattermost_hooks.json_object import JsonObject, WrongType

GIVEN = {"Text": "a", "number": 3, "switch": True, "mapping": {"K": 1}, "items": [None, "x"]}


@pytest.mark.parametrize(
    ("method", "name", "expected"),
    [
        ("text", "text", "a"),
        ("number", "number", 3),
        ("switch", "switch", True),
        ("mapping", "mapping", {"K": 1}),
        ("value", "items", [None, "x"]),
    ],
)
def test_a_field_is_found_in_any_letter_case(method: str, name: str, expected: object) -> None:
    assert getattr(JsonObject(GIVEN), method)(name) == expected


@pytest.mark.parametrize("given", [{}, {"x": None}])
@pytest.mark.parametrize(
    ("method", "expected"),
    [("text", ""), ("number", 0), ("switch", False), ("mapping", {}), ("value", None)],
)
def test_absent_and_null_are_the_empty_value(
    given: dict[str, object], method: str, expected: object
) -> None:
    assert getattr(JsonObject(given), method)("x") == expected


@pytest.mark.parametrize(
    ("method", "value", "complaint"),
    [
        ("text", 1, "must be a string"),
        ("text", [], "must be a string"),
        ("number", "1", "must be a whole number"),
        ("number", True, "must be a whole number"),
        ("number", 1.0, "must be a whole number"),
        ("switch", "true", "must be true or false"),
        ("switch", 1, "must be true or false"),
        ("mapping", [], "must be an object"),
    ],
)
def test_another_type_is_refused_with_the_path_of_the_field(
    method: str, value: object, complaint: str
) -> None:
    given = JsonObject({"x": value}, path="attachments[2]")
    with pytest.raises(WrongType, match=rf"^attachments\[2\]\.x {complaint}$"):
        getattr(given, method)("x")


def test_items_leave_out_nulls_and_keep_their_positions() -> None:
    assert list(JsonObject(GIVEN).items("items")) == [("items[1]", "x")]


def test_items_of_something_else_are_refused() -> None:
    with pytest.raises(WrongType, match=r"^x must be a list$"):
        list(JsonObject({"x": {}}).items("x"))


def test_null_counts_as_held() -> None:
    given = JsonObject({"x": None})
    assert (given.holds("x"), given.holds("y")) == (True, False)


@pytest.mark.parametrize("value", [[], "text", 1, None])
def test_only_an_object_has_fields(value: object) -> None:
    with pytest.raises(WrongType, match=r"^priority must be an object$"):
        JsonObject(value, path="priority")
