"""Refusals, declared once."""

from mattermost_hooks.errors import Refusal

full = Refusal(
    "app.box.full", "No more than {} fit into {}.", status=409, field="box", words="It is full."
)


def test_a_refusal_makes_an_error_of_what_is_declared_and_what_the_call_names() -> None:
    error = full(3, "the box", detail="box is full", retry_after_seconds=5)
    assert (error.id, error.status, error.message) == (
        "app.box.full",
        409,
        "No more than 3 fit into the box.",
    )
    assert (error.field, error.words, error.detail) == ("box", "It is full.", "box is full")
    assert error.headers == {"Retry-After": "5"}


def test_a_call_may_say_it_in_other_words() -> None:
    error = full(3, "it", field="crate", words="The crate is full.")
    assert (error.field, error.words) == ("crate", "The crate is full.")
    assert Refusal("app.box.lost", "It is lost.")().words == "It is lost."


def test_each_error_is_one_of_its_own() -> None:
    """An exception that two threads raised would carry the traces of both."""
    assert full(1, "it") is not full(1, "it")
