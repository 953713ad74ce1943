"""What is answered to a request that Django never saw, or never answered."""

import json
import logging

import pytest
from django.db import OperationalError

from mattermost_hooks.errors import not_permitted
from mattermost_hooks.lanes import Overloaded
from mattermost_hooks.request_target import BadTarget
from mattermost_hooks.wsgi_bridge import BodyMissing, BodyTooLarge

HOOK = "kx5f8y3tnjbpzqwi7mcu6rdoah"
PAGE = "/demo/channels/town-square/say"
BROWSER = "text/html,*/*;q=0.8"


@pytest.mark.parametrize(
    ("error", "status", "id"),
    [
        (BodyTooLarge(10, 11), 413, "api.context.request_body_too_large.app_error"),
        (BodyMissing(), 408, "api.context.request_body_missing.app_error"),
        (BadTarget(), 400, "api.context.bad_request.app_error"),
        (Overloaded(), 503, "api.context.overloaded.app_error"),
        (OperationalError("gone"), 503, "app.database.away.app_error"),
        (not_permitted(), 403, "api.context.permissions.app_error"),
        (LookupError("x"), 500, "api.unexpected_error.app_error"),
    ],
)
def test_every_refusal_is_an_error_in_json(error: Exception, status: int, id: str) -> None:
    from mattermost_hooks.asgi import refuse

    answer = refuse(error)
    headers, fields = dict(answer.headers), json.loads(answer.start)
    assert (answer.status, fields["status_code"], fields["id"]) == (status, status, id)
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Request-Id"] == fields["request_id"]
    assert ("Retry-After" in headers) is (status == 503)
    assert ("Connection" in headers) is (status in (408, 413))


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (BodyTooLarge(10, 11), 413, "your browser still has what you wrote"),
        (BodyMissing(), 408, "did not come"),
        (Overloaded(), 503, "Please try again."),
        (LookupError("x"), 500, "Internal Server Error"),
    ],
)
def test_people_get_a_page_and_programs_json_at_the_same_address(
    error: Exception, status: int, words: str
) -> None:
    from mattermost_hooks.asgi import refuse_request

    request = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "0", "PATH_INFO": PAGE}
    page = refuse_request(error, request | {"HTTP_ACCEPT": BROWSER})
    headers = dict(page.headers)
    assert (page.status, headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert words in page.start.decode()
    assert headers["X-Request-Id"] in page.start.decode()
    assert json.loads(refuse_request(error, request).start)["status_code"] == status
    of_rest = request | {"HTTP_ACCEPT": BROWSER, "PATH_INFO": "/api/v4/posts"}
    assert json.loads(refuse_request(error, of_rest).start)["status_code"] == status


def test_the_unforeseen_is_logged_under_its_request_and_without_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    from mattermost_hooks.asgi import refuse

    try:
        raise LookupError(f"/hooks/{HOOK}")
    except LookupError as error:
        fields = json.loads(refuse(error).start)
    assert fields["request_id"] in caplog.text
    assert "LookupError" in logging.Formatter().format(caplog.records[-1])
    assert HOOK not in caplog.text + json.dumps(fields)
