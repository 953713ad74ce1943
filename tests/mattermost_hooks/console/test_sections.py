"""The settings as they are declared."""

import dataclasses

import pytest

from mattermost_hooks.console.admin import PAGES
from mattermost_hooks.console.config import declared

SETTINGS = [
    pytest.param(field, id=f"{section}.{field.name}")
    for section, fields in declared().items()
    for field in fields.values()
]


@pytest.mark.parametrize("field", SETTINGS)
def test_every_setting_has_a_label_help_and_a_page(field: dataclasses.Field[object]) -> None:
    assert field.metadata["label"]
    assert field.metadata["help"].endswith(".")
    assert field.metadata["group"] in {page.title for page in PAGES}


@pytest.mark.parametrize("field", SETTINGS)
def test_every_number_has_a_range_that_holds_its_default(field: dataclasses.Field[int]) -> None:
    if field.type is int:
        low, high = field.metadata["range"]
        assert low <= field.default <= high
