"""Reading deploy-time settings from the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from mattermost_hooks import settings
from tests import servers


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


def test_earlier_secret_keys_are_separated_by_blanks(tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "SECRET_KEY_FALLBACKS": "one,1  two\n"}
    code = "from mattermost_hooks import settings; print(settings.SECRET_KEY_FALLBACKS)"
    said = subprocess.check_output(
        [sys.executable, "-c", code], cwd=servers.ROOT, env=environment, text=True
    )
    assert said.strip() == "['one,1', 'two']"
