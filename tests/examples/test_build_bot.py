"""The bot of the demo, called as an outgoing webhook calls it."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from examples.build_bot import BuildBot

TOKEN = "zmigewsanbbsdf59xnmduzypjc"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the bot listens."""
    monkeypatch.setenv("MATTERMOST_TOKEN", TOKEN)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BuildBot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def call(url: str, body: bytes, content_type: str) -> tuple[int, dict[str, str]]:
    """Status and JSON of the bot's answer."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (urlencode({"token": TOKEN, "text": "#build"}).encode(), FORM),
        (json.dumps({"token": TOKEN, "timestamp": 1}).encode(), JSON),
    ],
)
def test_both_content_types_are_answered_with_the_table(
    url: str, body: bytes, content_type: str
) -> None:
    status, answer = call(url, body, content_type)
    assert status == 200
    assert "| Server     | 948         | :white_check_mark: 0" in answer["text"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"token=wrong", FORM),
        (b"", FORM),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"token": null}', JSON),
        ("token=é".encode(), FORM),
    ],
)
def test_who_does_not_know_the_token_is_refused(url: str, body: bytes, content_type: str) -> None:
    assert call(url, body, content_type)[0] == 401


def test_the_token_may_change_while_the_bot_runs(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    monkeypatch.setenv("MATTERMOST_TOKEN_FILE", str(file))
    file.write_text("first\n")
    assert call(url, b"token=first", FORM)[0] == 200
    file.write_text("second\n")
    assert call(url, b"token=first", FORM)[0] == 401
    assert call(url, b"token=second", FORM)[0] == 200
