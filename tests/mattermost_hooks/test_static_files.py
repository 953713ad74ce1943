"""Static files as a browser gets them, and how they are made ready."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.templatetags.static import static
from django.test import Client
from django.urls import set_script_prefix

from mattermost_hooks import static_files
from mattermost_hooks.static_files import NamedByContent
from tests import running, servers

YEAR_SECONDS = 365 * 24 * 60 * 60


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A running server."""
    with servers.temporary_folder() as folder, running.project(folder) as project:
        project.wait_until_up()
        yield project.url


def addresses_on(page: str) -> list[str]:
    """The addresses of static files on a page."""
    return re.findall(r'"([^"]*/static/[^"]+)"', requests.get(page, timeout=20).text)


def test_a_started_server_names_all_files_after_their_content_and_lets_them_be_kept(
    url: str,
) -> None:
    addresses = addresses_on(f"{url}/login")
    assert len(addresses) >= 5
    for address in addresses:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", address), address
        kept = requests.get(url + address, timeout=20).headers["Cache-Control"]
        age = re.search(r"max-age=(\d+)", kept)
        assert age
        assert int(age[1]) >= YEAR_SECONDS
        assert "immutable" in kept


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_browser_gets_them_compressed_as_it_likes(url: str, encoding: str) -> None:
    address = next(one for one in addresses_on(f"{url}/login") if "/app." in one)
    headers = {"Accept-Encoding": encoding}
    with requests.get(url + address, headers=headers, stream=True, timeout=20) as answer:
        sent = len(answer.raw.read(decode_content=False))
        assert answer.headers["Content-Encoding"] == encoding
        assert "Accept-Encoding" in answer.headers["Vary"]
    assert sent < (settings.BASE_DIR / "static/css/app.css").stat().st_size / 2


def test_a_browser_that_makes_up_an_address_for_the_icon_gets_it(url: str) -> None:
    icon = requests.get(f"{url}/favicon.ico", timeout=20)
    assert (icon.status_code, icon.content[:4]) == (200, b"\0\0\1\0")
    assert icon.headers["Content-Type"] in ("image/x-icon", "image/vnd.microsoft.icon")


@pytest.mark.django_db
def test_a_file_that_nobody_made_ready_is_served_as_it_is() -> None:
    assert static("css/app.css") == "/static/css/app.css"
    assert Client().get("/static/css/app.css").status_code == 200


def test_addresses_follow_the_path_of_the_request_at_hand() -> None:
    storage = NamedByContent()
    try:
        for path in ("/one/", "/two/", "/"):
            set_script_prefix(path)
            assert storage.url("css/app.css") == f"{path}static/css/app.css"
    finally:
        set_script_prefix("/")


def test_only_what_has_changed_makes_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []
    monkeypatch.setattr(settings, "STATIC_ROOT", tmp_path / "ready")
    monkeypatch.setattr(static_files, "call_command", lambda name, **_: worked.append(name))
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(settings, "STATICFILES_DIRS", [own])
    monkeypatch.setattr(static_files, "get_finders", lambda: [FileSystemFinder()])
    for text, times in (("one", 1), ("one", 1), ("other", 2)):
        if not (own / "a.css").exists() or (own / "a.css").read_text() != text:
            (own / "a.css").write_text(text)
        static_files.make_ready()
        assert len(worked) == times


def test_work_that_failed_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, **_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(settings, "STATIC_ROOT", tmp_path)
    monkeypatch.setattr(static_files, "call_command", fail)
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            static_files.make_ready()
