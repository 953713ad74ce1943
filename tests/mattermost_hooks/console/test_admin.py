"""The settings pages."""

import logging

import pytest
from django.test import Client

from mattermost_hooks.console import config
from mattermost_hooks.console.admin import PAGES
from mattermost_hooks.console.models import Setting
from tests import browsing, make
from tests.browsing import text_of

pytestmark = pytest.mark.django_db

POSTS = "/admin_console/posts/"
MAX_POST_SIZE = "ServiceSettings.MaxPostSize"
HASHTAGS = "ServiceSettings.MinimumHashtagLength"


@pytest.fixture
def admin() -> Client:
    """A browser of an administrator."""
    return browsing.signed_in(make.admin())


def test_every_setting_stands_on_exactly_one_page(admin: Client) -> None:
    shown: list[str] = []
    for page in PAGES:
        form = admin.get(f"/admin_console/{page.slug}/").context["form"]
        shown += [row.name for row in form.rows()]
    declared = [
        f"{section}.{name}" for section, fields in config.declared().items() for name in fields
    ]
    assert sorted(shown) == sorted(declared)


def test_a_setting_is_shown_with_help_name_default_and_range(admin: Client) -> None:
    page = text_of(admin.get(POSTS))
    field = config.declared()["ServiceSettings"]["MaxPostSize"]
    for part in [field.metadata["help"], MAX_POST_SIZE, "Default: 16,383", "1,000 to 65,535"]:
        assert part in page


def test_older_guides_find_service_settings(admin: Client) -> None:
    assert "Service Settings" in text_of(admin.get("/admin_console/integration_management/"))


def test_saving_acts_and_is_told(admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = admin.post(POSTS, {MAX_POST_SIZE: "4000", HASHTAGS: "3"}, follow=True)
    assert f"Saved: {MAX_POST_SIZE}." in text_of(answer)
    assert config._load().ServiceSettings.MaxPostSize == 4000
    assert f"changed {MAX_POST_SIZE}" in caplog.text


def test_saving_without_a_change_says_so(admin: Client) -> None:
    answer = admin.post(POSTS, {MAX_POST_SIZE: "16383", HASHTAGS: "3"}, follow=True)
    assert "Nothing was changed." in text_of(answer)


def test_an_unticked_switch_is_off(admin: Client) -> None:
    admin.post("/admin_console/logging/", {})
    assert config._load().LogSettings.EnableWebhookDebugging is False


def test_settings_of_other_pages_are_left_alone(admin: Client) -> None:
    config.save_config({"TeamSettings": {"SiteName": "Bridge"}})
    admin.post(POSTS, {MAX_POST_SIZE: "4000", HASHTAGS: "3", "TeamSettings.SiteName": "Stolen"})
    assert config._load().TeamSettings.SiteName == "Bridge"


@pytest.mark.parametrize("wrong", ["", "12", "many", "1e4", "9" * 5000])
def test_a_wrong_value_is_marked_and_nothing_is_saved(admin: Client, wrong: str) -> None:
    answer = admin.post(POSTS, {MAX_POST_SIZE: wrong, HASHTAGS: "4"})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [MAX_POST_SIZE]
    assert "Nothing was saved" in text_of(answer)
    assert not Setting.objects.exists()


def test_a_choice_beyond_the_list_is_refused(admin: Client) -> None:
    form = admin.get("/admin_console/users_and_teams/").context["form"]
    values = {row.name: str(row.input.initial) for row in form.rows()}
    values["TeamSettings.RestrictDirectMessage"] = "nobody"
    answer = admin.post("/admin_console/users_and_teams/", values)
    assert list(answer.context["form"].errors) == ["TeamSettings.RestrictDirectMessage"]


def test_what_the_environment_fixes_is_shown_and_cannot_be_changed(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MM_SERVICESETTINGS_MAXPOSTSIZE", "5000")
    page = text_of(admin.get(POSTS))
    assert "MM_SERVICESETTINGS_MAXPOSTSIZE" in page
    answer = admin.post(POSTS, {MAX_POST_SIZE: "4000", HASHTAGS: "4"}, follow=True)
    assert f"Saved: {HASHTAGS}." in text_of(answer)
    assert not Setting.objects.filter(name="MaxPostSize").exists()


def test_a_form_from_another_site_is_refused() -> None:
    client = browsing.signed_in(make.admin(), checks_csrf=True)
    assert client.post(POSTS, {MAX_POST_SIZE: "4000", HASHTAGS: "3"}).status_code == 403
    assert not Setting.objects.exists()
