"""Bodies, read as Go reads them."""

from typing import ClassVar

import pytest
from django.test import RequestFactory
from msgspec import UNSET, UnsetType
from rest_framework.request import Request

from mattermost_hooks.endpoints import bodies
from mattermost_hooks.errors import AppError


class Parcel(bodies.Body):
    """A body with a field of each kind."""

    called: ClassVar[str] = "parcel"
    name: str = ""
    note: str | UnsetType = UNSET
    weight: int = 0
    fragile: bool = False
    tags: list[str] | UnsetType = UNSET
    props: dict[str, object] | UnsetType = UNSET


class Address(bodies.Body):
    """A body with fields that must be there."""

    called: ClassVar[str] = "address"
    essential: ClassVar[tuple[str, ...]] = ("street",)
    is_home: bool
    street: str = ""


class Streets(bodies.Texts):
    """A list."""

    called: ClassVar[str] = "streets"


def read(body: str) -> Parcel:
    """The body as an endpoint gets it."""
    request = RequestFactory().post("/", body, content_type="text/plain")
    return bodies.read(Request(request), Parcel)


def test_keys_have_any_case_null_is_left_out_and_what_follows_is_ignored() -> None:
    parcel = read('{"NAME": "a", "note": null, "unknown": 1, "Weight": 2, "tags": ["x"]} and more')
    assert parcel == Parcel(name="a", weight=2, tags=["x"])


def test_only_what_was_given_or_has_a_default_is_handed_on() -> None:
    assert read('{"props": {"a": 1}}').given() == {
        "name": "",
        "weight": 0,
        "fragile": False,
        "props": {"a": 1},
    }


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("[]", "a JSON object is needed"),
        ('{"Name": 1}', "Name must be of type str"),
        ('{"weight": true}', "weight must be of type int"),
        ('{"fragile": 1}', "fragile must be of type bool"),
        ('{"tags": {}}', "tags must be of type list"),
        ('{"tags": ["a", 1]}', "tags must be a list of texts"),
        ('{"props": []}', "props must be of type dict"),
    ],
)
def test_a_wrong_body_is_a_400_that_names_the_body_and_the_field(body: str, detail: str) -> None:
    with pytest.raises(AppError) as refused:
        read(body)
    assert refused.value.id == "api.context.invalid_body_param.app_error"
    assert refused.value.message == "Invalid or missing parcel in request body."
    assert refused.value.detail == detail


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"is_home": True}, "street"),
        ({"street": "", "is_home": True}, "street"),
        ({"street": "a"}, "address"),
    ],
)
def test_what_must_be_there_is_named_when_it_is_missing(
    value: dict[str, object], named: str
) -> None:
    with pytest.raises(AppError) as refused:
        Address.of(value)
    assert refused.value.message == f"Invalid or missing {named} in request body."


def test_a_list_holds_texts_alone() -> None:
    assert Streets.of(["a", "b"]).texts == ["a", "b"]
    wrong: list[object] = [{}, ["a", 1]]
    for value in wrong:
        with pytest.raises(AppError) as refused:
            Streets.of(value)
        assert refused.value.detail == "a JSON list of texts is needed"
