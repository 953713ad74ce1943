"""The receiver that trusts signatures only, called as an outgoing webhook calls it."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from examples.signed_receiver import SignedReceiver
from integrations.delivery import signatures
from mattermost_hooks.records import new_ordered_id

SECRET = signatures.new_secret()
BODY = json.dumps({"user_name": "ann", "text": "schön"}).encode()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where it listens."""
    monkeypatch.setenv("SIGNING_SECRET", SECRET)
    server = ThreadingHTTPServer(("127.0.0.1", 0), SignedReceiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def signed(*secrets: str, body: bytes = BODY, at: float | None = None) -> dict[str, str]:
    """The headers of a request."""
    seconds = int(time.time() if at is None else at)
    return signatures.headers(secrets, id=new_ordered_id(), at=seconds, body=body)


def call(url: str, headers: dict[str, str], body: bytes = BODY) -> tuple[int, dict[str, str]]:
    """Status and JSON of the answer."""
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


@pytest.mark.parametrize("others", [[], [signatures.new_secret()]])
def test_what_is_signed_is_answered(url: str, others: list[str]) -> None:
    assert call(url, signed(*others, SECRET)) == (200, {"text": "ann wrote: schön"})


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        (signed(), BODY),
        (signed(signatures.new_secret()), BODY),
        (signed(SECRET), BODY.replace(b"ann", b"bob")),
        (signed(SECRET, at=time.time() - 600), BODY),
        (signed(SECRET) | {"webhook-signature": "nonsense"}, BODY),
        (signed(SECRET), b"\xff"),
    ],
)
def test_everything_else_is_refused(url: str, headers: dict[str, str], body: bytes) -> None:
    assert call(url, headers, body)[0] == 401


def test_the_verification_without_a_library_in_the_documents_is_right() -> None:
    document = (Path(__file__).resolve().parents[2] / "docs" / "receivers.md").read_text()
    code = next(one for one in document.split("```") if "def is_genuine" in one)
    namespace: dict[str, Any] = {}
    exec(code.removeprefix("python"), namespace)
    is_genuine = namespace["is_genuine"]
    assert is_genuine(SECRET, signed(signatures.new_secret(), SECRET), BODY)
    assert not is_genuine(SECRET, signed(SECRET), BODY + b" ")
    assert not is_genuine(SECRET, signed(signatures.new_secret()), BODY)
    assert not is_genuine(SECRET, signed(SECRET, at=time.time() - 600), BODY)
