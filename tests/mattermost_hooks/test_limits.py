"""Limits of texts."""

from types import SimpleNamespace

import pytest

from mattermost_hooks import limits
from mattermost_hooks.errors import AppError
from mattermost_hooks.limits import Limit

TITLE = Limit(field="title", most=4, id="title.app_error", sentence="Invalid title.")
NAME = Limit(field="name", most=4, id="name.app_error", sentence="Invalid name.", in_bytes=True)


def test_characters_and_bytes_are_counted_each_in_its_way() -> None:
    limits.check(SimpleNamespace(title="öööö", name="öö"), [TITLE, NAME])
    with pytest.raises(AppError) as refused:
        limits.check(SimpleNamespace(title="öööö", name="ööö"), [TITLE, NAME])
    assert (refused.value.id, refused.value.field) == ("name.app_error", "name")
    assert refused.value.detail == "name is longer than 4 bytes"
    assert refused.value.words.startswith("At most 4 bytes")


def test_the_first_limit_that_is_broken_is_told() -> None:
    with pytest.raises(AppError) as refused:
        limits.check(SimpleNamespace(title="12345", name="12345"), [TITLE, NAME])
    assert (refused.value.id, refused.value.status) == ("title.app_error", 400)
    assert (refused.value.detail, refused.value.words) == ("", "At most 4 characters.")
