"""Reading deploy-time settings from the environment."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from mattermost_hooks import settings


@pytest.mark.parametrize(
    ("word", "meant"),
    [("1", True), ("YES", True), ("on", True), ("0", False), ("False", False), (" off ", False)],
)
def test_the_usual_words_switch(monkeypatch: pytest.MonkeyPatch, word: str, *, meant: bool) -> None:
    monkeypatch.setenv("DEMO", word)
    assert settings.env_bool("DEMO", default=not meant) is meant


@pytest.mark.parametrize("default", [True, False])
def test_a_blank_is_the_default(monkeypatch: pytest.MonkeyPatch, *, default: bool) -> None:
    monkeypatch.setenv("DEMO", " ")
    assert settings.env_bool("DEMO", default=default) is default


def test_any_other_word_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "maybe")
    with pytest.raises(ImproperlyConfigured, match="DEMO must be 1 or 0"):
        settings.env_bool("DEMO", default=True)
