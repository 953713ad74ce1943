"""Settings: read, stored, refused, fixed from outside."""

import dataclasses
from copy import copy
from types import MappingProxyType

import pytest
from django.db import OperationalError

from mattermost_hooks import process_cache, redis_link
from mattermost_hooks.console import config
from mattermost_hooks.console.config import get_config, save_config
from mattermost_hooks.console.models import Setting
from mattermost_hooks.console.sections import Config
from mattermost_hooks.errors import AppError

pytestmark = pytest.mark.django_db

WRONG_VALUES = [
    ("ServiceSettings", "EnableIncomingWebhooks", "yes"),
    ("ServiceSettings", "EnableIncomingWebhooks", 1),
    ("ServiceSettings", "MaximumLoginAttempts", True),
    ("ServiceSettings", "MaximumLoginAttempts", 0),
    ("ServiceSettings", "MaximumLoginAttempts", 2.5),
    ("ServiceSettings", "MaximumLoginAttempts", None),
    ("ServiceSettings", "SiteURL", ["https://chat.example.com"]),
    ("ServiceSettings", "SiteURL", "chat.example.com"),
    ("ServiceSettings", "AllowedUntrustedInternalConnections", "10.0.0.0/99"),
    ("ServiceSettings", "AllowedUntrustedInternalConnections", "x" * 5000),
    ("ServiceSettings", "OutgoingProxyURL", "proxy.example.com:3128"),
    ("ServiceSettings", "OutgoingProxyURL", "https://proxy.example.com"),
    ("ServiceSettings", "OutgoingProxyURL", "http://ann:secret@proxy.example.com"),
    ("ServiceSettings", "OutgoingProxyURL", "http://proxy.example.com/path"),
    ("TeamSettings", "SiteName", ""),
    ("TeamSettings", "SiteName", "two\nlines"),
    ("TeamSettings", "SiteName", "nul\x00"),
    ("TeamSettings", "SiteName", "half a pair \ud800"),
    ("TeamSettings", "SiteName", "n" * 31),
    ("TeamSettings", "RestrictDirectMessage", "nobody"),
]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for section, fields in config.declared().items():
        for name in fields:
            monkeypatch.delenv(config.environment_name(section, name), raising=False)


def test_without_rows_every_setting_has_its_default() -> None:
    assert get_config() == Config()


def test_a_saved_setting_is_in_force() -> None:
    saved = save_config({"TeamSettings": {"SiteName": "Bridge"}})
    assert saved.TeamSettings.SiteName == "Bridge"
    assert config._load().TeamSettings.SiteName == "Bridge"


@pytest.mark.django_db(transaction=True)
def test_a_saved_setting_acts_at_once_in_this_process() -> None:
    assert get_config().TeamSettings.SiteName == "Mattermost Hooks"
    save_config({"TeamSettings": {"SiteName": "Bridge"}})
    assert get_config().TeamSettings.SiteName == "Bridge"


@pytest.mark.django_db(transaction=True)
def test_other_processes_are_told_of_a_change_and_only_of_a_change() -> None:
    before = redis_link.connection.xlen(process_cache.STREAM)
    save_config({"TeamSettings": {"SiteName": "Mattermost Hooks"}})
    assert redis_link.connection.xlen(process_cache.STREAM) == before
    save_config({"TeamSettings": {"SiteName": "Bridge"}})
    assert redis_link.connection.xlen(process_cache.STREAM) == before + 1


def test_a_setting_back_at_its_default_leaves_no_row() -> None:
    save_config({"TeamSettings": {"SiteName": "Bridge"}})
    save_config({"TeamSettings": {"SiteName": "Mattermost Hooks"}})
    assert not Setting.objects.exists()


def test_unknown_sections_and_settings_are_ignored() -> None:
    assert save_config({"Nowhere": {"X": 1}, "TeamSettings": {"Nothing": 1}}) == Config()


@pytest.mark.parametrize(("section", "name", "value"), WRONG_VALUES)
def test_a_wrong_value_is_refused_with_its_name(section: str, name: str, value: object) -> None:
    with pytest.raises(AppError) as refusal:
        save_config({section: {name: value}})
    assert refusal.value.status == 400
    assert f"{section}.{name}" in refusal.value.message + refusal.value.detail


def test_one_wrong_value_and_nothing_is_stored() -> None:
    with pytest.raises(AppError):
        save_config(
            {"TeamSettings": {"SiteName": "Bridge"}, "PasswordSettings": {"MinimumLength": 1}}
        )
    assert not Setting.objects.exists()


@pytest.mark.parametrize(
    ("section", "name", "value", "error_id"),
    [
        ("ServiceSettings", "MaximumLoginAttempts", 0, "login_attempts"),
        ("PasswordSettings", "MinimumLength", 4, "password_length"),
        ("PasswordSettings", "MinimumLength", 65, "password_length"),
        ("FileSettings", "MaxFileSize", 0, "max_file_size"),
    ],
)
def test_where_mattermost_has_an_error_id_it_is_used(
    section: str, name: str, value: int, error_id: str
) -> None:
    with pytest.raises(AppError) as refusal:
        save_config({section: {name: value}})
    assert refusal.value.id == f"model.config.is_valid.{error_id}.app_error"


def test_the_environment_goes_before_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    save_config({"TeamSettings": {"SiteName": "Bridge"}})
    monkeypatch.setenv("MM_TEAMSETTINGS_SITENAME", "Engine room")
    assert config._load().TeamSettings.SiteName == "Engine room"


@pytest.mark.parametrize(
    ("variable", "text", "section", "name", "value"),
    [
        (
            "MM_SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS",
            "false",
            "ServiceSettings",
            "EnableIncomingWebhooks",
            False,
        ),
        (
            "MM_SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS",
            "True",
            "ServiceSettings",
            "EnableIncomingWebhooks",
            True,
        ),
        ("MM_FILESETTINGS_MAXFILESIZE", "2048", "FileSettings", "MaxFileSize", 2048),
        ("MM_TEAMSETTINGS_SITENAME", "42", "TeamSettings", "SiteName", "42"),
        ("MM_TEAMSETTINGS_SITENAME", "", "TeamSettings", "SiteName", "Mattermost Hooks"),
    ],
)
def test_the_environment_speaks_in_words(
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    text: str,
    section: str,
    name: str,
    value: object,
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(getattr(config._load(), section), name) == value


@pytest.mark.parametrize("text", ["yes please", "1", "[true]"])
def test_a_wrong_word_in_the_environment_stops_the_server(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("MM_SERVICESETTINGS_ENABLEINCOMINGWEBHOOKS", text)
    with pytest.raises(AppError):
        config._load()


def test_what_the_environment_fixes_cannot_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_TEAMSETTINGS_SITENAME", "Engine room")
    with pytest.raises(AppError, match="MM_TEAMSETTINGS_SITENAME"):
        save_config({"TeamSettings": {"SiteName": "Bridge"}})


def test_sending_back_what_the_environment_fixes_is_no_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MM_TEAMSETTINGS_SITENAME", "Engine room")
    save_config({"TeamSettings": {"SiteName": "Engine room"}})
    assert not Setting.objects.exists()


def test_a_stored_value_that_is_no_longer_allowed_gives_way_to_the_default(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Setting.objects.create(section="FileSettings", name="MaxFileSize", value=7)
    assert config._load().FileSettings.MaxFileSize == Config().FileSettings.MaxFileSize
    assert "FileSettings.MaxFileSize" in caplog.text


def test_with_defaults_names_every_setting() -> None:
    whole = config.with_defaults({"TeamSettings": {"SiteName": "Bridge"}})
    assert whole["TeamSettings"]["SiteName"] == "Bridge"
    assert whole["FileSettings"] == dataclasses.asdict(Config())["FileSettings"]


# --- Secrets: no setting is one yet, the machinery is there -------------------------------------------


@pytest.fixture
def secret_site_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site name, were it a secret."""
    fields = config.declared()["TeamSettings"]
    secret = copy(fields["SiteName"])
    secret.default, secret.metadata = "", MappingProxyType({"secret": True})
    monkeypatch.setitem(fields, "SiteName", secret)


@pytest.mark.usefixtures("secret_site_name")
def test_a_secret_is_shown_as_asterisks_only_when_it_is_set() -> None:
    assert config.as_json(config._load())["TeamSettings"]["SiteName"] == ""
    after = save_config({"TeamSettings": {"SiteName": "open sesame"}})
    assert config.as_json(after)["TeamSettings"]["SiteName"] == "*" * 32


@pytest.mark.usefixtures("secret_site_name")
def test_asterisks_sent_back_leave_the_secret_alone() -> None:
    save_config({"TeamSettings": {"SiteName": "open sesame"}})
    after = save_config({"TeamSettings": {"SiteName": "*" * 32}})
    assert after.TeamSettings.SiteName == "open sesame"


@pytest.fixture
def _database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Config:
        raise OperationalError("no connection")

    monkeypatch.setattr(config, "_load", fail)
    process_cache.forget_now()


def test_while_the_database_is_away_the_settings_read_last_stay_in_force(
    request: pytest.FixtureRequest,
) -> None:
    save_config({"TeamSettings": {"SiteName": "Bridge"}})
    process_cache.forget_now()
    known = get_config()
    request.getfixturevalue("_database_is_away")
    assert get_config() == known
    assert known.TeamSettings.SiteName == "Bridge"


@pytest.mark.usefixtures("_database_is_away")
def test_before_the_first_reading_defaults_and_what_is_fixed_from_outside_are_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(config, "_last_known", None)
    monkeypatch.setenv("MM_TEAMSETTINGS_SITENAME", "Fixed")
    assert get_config().TeamSettings.SiteName == "Fixed"
    assert get_config().ServiceSettings == Config().ServiceSettings
