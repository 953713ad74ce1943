"""What manage.py check says of the environment."""

import os
from typing import Any

import pytest
from django.core.checks import run_checks

from mattermost_hooks.console import checks


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("MM_"):
            monkeypatch.delenv(name)


def test_a_clean_environment_passes() -> None:
    assert checks.environment_check() == []


def test_an_unknown_name_is_a_warning_with_the_closest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_SERVICESETTINGS_SITURL", "https://chat.example.com")
    [warning] = checks.environment_check()
    assert warning.id == "console.W001"
    assert "MM_SERVICESETTINGS_SITURL" in warning.msg
    assert "MM_SERVICESETTINGS_SITEURL" in (warning.hint or "")


def test_a_name_like_no_other_is_to_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_ZZZ", "1")
    [warning] = checks.environment_check()
    assert warning.hint == "Remove it."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MM_SERVICESETTINGS_SITEURL", "chat.example.com"),
        ("MM_FILESETTINGS_MAXFILESIZE", "large"),
        ("MM_SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS", "perhaps"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    [error] = checks.environment_check()
    assert (error.id, error.is_serious()) == ("console.E001", True)
    assert name in error.msg
    assert error.hint


def test_a_right_value_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_SERVICESETTINGS_SITEURL", "https://chat.example.com")
    assert checks.environment_check() == []


def test_a_short_secret_key_is_an_error(settings: Any) -> None:
    settings.SECRET_KEY = "short"
    assert [error.id for error in checks.secret_key_check()] == ["console.E002"]


def test_a_short_fallback_is_an_error(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = ["l" * 40]
    assert checks.secret_key_check() == []
    settings.SECRET_KEY_FALLBACKS = ["l" * 40, "short"]
    assert [error.id for error in checks.secret_key_check()] == ["console.E002"]


def test_the_checks_are_among_those_that_django_runs(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SECRET_KEY = "short"
    monkeypatch.setenv("MM_ZZZ", "1")
    assert {"console.W001", "console.E002"} <= {found.id for found in run_checks()}
