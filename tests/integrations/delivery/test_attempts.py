"""Deliveries against a real receiver: claimed once, retried, settled, whoever dies meanwhile."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug import Request, Response

from channels_app.membership.models import Channel
from integrations.delivery import attempts, breaker, claims, deliveries, signing_secrets, worker
from integrations.delivery.attempts import Claimed
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Delivery, Endpoint
from integrations.message import posting
from integrations.outbound import outbound
from integrations.outbound.reply import Reply
from integrations.outgoing import payload
from integrations.outgoing.models import DELIVERY_KIND, FORM, JSON, OutgoingWebhook
from integrations.outgoing.sender import OutgoingWebhookSender
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms
from tests import make
from tests.deliveries import hook_of

PATIENCE = 20.0


def take(due: Delivery) -> Claimed:
    """The claim of a worker."""
    (claimed,) = claims.of_ids([due.id], kinds=[DELIVERY_KIND])
    return Claimed(claimed, hook_of(due))


# --- The request --------------------------------------------------------------------------------------


def test_receiver_gets_the_payload_with_the_token(
    owed: Any, httpserver: HTTPServer, answers: Any, after: Any
) -> None:
    answers()
    tried = after(owed())

    request, _ = httpserver.log[0]
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Webhook-Id"] == tried.id
    assert json.loads(request.data) == {"token": hook_of(tried).token, **tried.payload}


def test_retry_carries_the_token_of_the_day(
    owed: Any, httpserver: HTTPServer, answers: Any
) -> None:
    answers()
    due = owed()
    OutgoingWebhook.objects.update(token="x" * 26)

    worker.attempt(delivery_id=due.id)

    assert httpserver.log[0][0].json["token"] == "x" * 26


def test_redirect_is_not_followed(owed: Any, httpserver: HTTPServer, after: Any) -> None:
    httpserver.expect_request("/hook").respond_with_response(
        Response(status=302, headers={"Location": httpserver.url_for("/elsewhere")})
    )
    tried = after(owed())

    assert tried.status == FAILED
    assert "redirects are not followed" in tried.note
    assert len(httpserver.log) == 1


def test_forbidden_address_is_given_up_at_once(owed: Any, console: Any, after: Any) -> None:
    console(ServiceSettings__AllowedUntrustedInternalConnections="")
    tried = after(owed())

    assert (tried.status, tried.attempt_count) == (FAILED, 1)
    assert "AllowedUntrustedInternalConnections" in tried.note


# --- The signature ------------------------------------------------------------------------------------


def _judge(request: Request, hook: OutgoingWebhook, which: int = 0) -> None:
    """Raise unless the request is signed with this one of the hook's secrets."""
    secret = signing_secrets.valid(hook.sealed_secrets, now=now_ms())[which].text
    Webhook(secret).verify(request.data, dict(request.headers), json_parse=False)


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_the_bytes_that_are_sent_are_signed(
    owed: Any, httpserver: HTTPServer, answers: Any, after: Any, content_type: str
) -> None:
    answers()
    due = owed(
        post=make.post(make.channel(), make.user(), "schön & <gut> 👋"), content_type=content_type
    )
    began = now_ms() // 1000
    tried = after(due)

    request, _ = httpserver.log[0]
    assert began <= int(request.headers["webhook-timestamp"]) <= now_ms() // 1000
    _judge(request, hook_of(tried))


def test_every_attempt_has_the_same_id_and_a_time_and_signature_of_its_own(
    owed: Any,
    httpserver: HTTPServer,
    answers: Any,
    after: Any,
    fall_due: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers(status=500)
    due = owed()
    clock = iter([now_ms() - 60_000, now_ms()])
    call = attempts._call

    def call_at_that_time(claimed: Claimed) -> attempts.Try:
        at = next(clock)
        with monkeypatch.context() as patch:
            patch.setattr(attempts, "now_ms", lambda: at)
            return call(claimed)

    monkeypatch.setattr(attempts, "_call", call_at_that_time)
    for _ in range(2):
        fall_due(due)
        after(due)

    requests = [request for request, _ in httpserver.log]
    for request in requests:
        _judge(request, hook_of(due))
    assert {request.headers["webhook-id"] for request in requests} == {due.id}
    first, second = (int(request.headers["webhook-timestamp"]) for request in requests)
    assert second - first in (59, 60, 61)
    assert len({request.headers["webhook-signature"] for request in requests}) == 2


def test_a_request_is_signed_with_the_secret_before_it_too_while_that_is_valid(
    owed: Any, httpserver: HTTPServer, answers: Any, after: Any
) -> None:
    answers()
    due = owed()
    sealed = signing_secrets.replaced(hook_of(due).sealed_secrets, now=now_ms())
    OutgoingWebhook.objects.update(sealed_secrets=sealed)
    tried = after(due)

    for which in (0, 1):
        _judge(httpserver.log[0][0], hook_of(tried), which)


def test_a_request_is_not_signed_with_a_secret_whose_time_is_over(
    owed: Any, httpserver: HTTPServer, answers: Any, after: Any
) -> None:
    answers()
    due = owed()
    replaced = OutgoingWebhook.objects.get()
    a_day_ago = now_ms() - signing_secrets.OVERLAP_MS
    sealed = signing_secrets.replaced(replaced.sealed_secrets, now=a_day_ago)
    OutgoingWebhook.objects.update(sealed_secrets=sealed)
    tried = after(due)

    request, _ = httpserver.log[0]
    _judge(request, hook_of(tried))
    with pytest.raises(WebhookVerificationError):
        _judge(request, replaced)


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (200, "Sent without a signature: the signing secret cannot be opened. Make a new one."),
        (401, "Given up: The receiver answered 401. Sent without a signature: "),
        (503, "The receiver answered 503. Sent without a signature: "),
    ],
)
def test_what_cannot_be_signed_is_sent_all_the_same_and_the_delivery_says_so(
    owed: Any,
    httpserver: HTTPServer,
    answers: Any,
    after: Any,
    settings: Any,
    status: int,
    note: str,
) -> None:
    answers(status=status)
    due = owed()
    settings.SECRET_KEY = "another key, " + "x" * 40
    tried = after(due)

    request, _ = httpserver.log[0]
    assert "webhook-signature" not in request.headers
    assert request.headers["webhook-id"] == due.id
    assert tried.note.startswith(note)
    assert "Sent without a signature" in tried.attempts.get().error


def test_a_note_on_the_reply_stands_beside_that_of_the_missing_signature(
    owed: Any, httpserver: HTTPServer, after: Any, settings: Any
) -> None:
    httpserver.expect_request("/hook").respond_with_data("no JSON")
    due = owed()
    settings.SECRET_KEY = "another key, " + "x" * 40
    tried = after(due)

    assert tried.status == DELIVERED
    assert tried.note.startswith("Sent without a signature: ")
    assert "Reply not posted: " in tried.note


# --- Settling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_delivered(owed: Any, httpserver: HTTPServer, status: int, after: Any) -> None:
    httpserver.expect_request("/hook").respond_with_data("", status=status)
    tried = after(owed())

    assert (tried.status, tried.attempt_count, tried.note) == (DELIVERED, 1, "")


def test_passing_trouble_is_tried_again_in_about_a_second(
    owed: Any, answers: Any, after: Any
) -> None:
    answers(status=503)
    began = now_ms()
    tried = after(owed())

    assert (tried.status, tried.attempt_count) == (PENDING, 1)
    assert began + 1000 <= tried.due_at <= now_ms() + 1200


def test_receiver_that_cannot_be_reached_is_tried_again(owed: Any, after: Any) -> None:
    tried = after(owed(url="http://127.0.0.1:9/"))

    assert (tried.status, tried.attempt_count) == (PENDING, 1)
    assert tried.attempts.get().status_code is None


def test_refusal_is_final(owed: Any, answers: Any, after: Any) -> None:
    answers(status=410)

    assert after(owed()).status == FAILED


def test_last_attempt_is_the_last(
    owed: Any, console: Any, answers: Any, after: Any, fall_due: Any
) -> None:
    console(ServiceSettings__OutgoingWebhookMaxAttempts=2)
    answers(status=500)
    due = owed()
    assert after(due).status == PENDING
    fall_due(due)

    tried = after(due)

    assert (tried.status, tried.attempt_count) == (FAILED, 2)
    assert tried.note == "Given up: The receiver answered 500."


def test_retry_after_is_honoured(owed: Any, answers: Any, after: Any) -> None:
    answers(status=429, headers={"Retry-After": "100"})
    began = now_ms()

    assert after(owed()).due_at >= began + 100_000


def test_attempt_records_what_came_back(owed: Any, httpserver: HTTPServer, after: Any) -> None:
    httpserver.expect_request("/hook").respond_with_data("é\0" * 3000, status=500)
    tried = after(owed())

    record = tried.attempts.get()
    assert record.status_code == 500
    assert record.error == "The receiver answered 500."
    assert record.response_start == "é\ufffd" * 3000


def test_time_out_counts_as_passing_trouble(
    owed: Any, httpserver: HTTPServer, console: Any, after: Any
) -> None:
    console(ServiceSettings__OutgoingIntegrationRequestsTimeout=1)
    let_go = threading.Event()

    def think(request: Request) -> Response:
        let_go.wait(PATIENCE)
        return Response()

    httpserver.expect_request("/hook").respond_with_handler(think)
    tried = after(owed())
    let_go.set()

    assert tried.status == PENDING
    assert tried.attempts.get().duration_ms >= 900


@pytest.mark.parametrize("state", [DELIVERED, FAILED])
def test_settled_delivery_is_left_alone(
    owed: Any, httpserver: HTTPServer, state: str, after: Any
) -> None:
    tried = after(owed(status=state))

    assert tried.attempt_count == 0
    assert httpserver.log == []


def test_delivery_is_not_tried_before_its_time(
    owed: Any, httpserver: HTTPServer, after: Any
) -> None:
    assert after(owed(due_at=now_ms() + 60_000)).attempt_count == 0
    assert httpserver.log == []


@pytest.mark.django_db
def test_delivery_that_does_not_exist_is_no_error() -> None:
    worker.attempt(delivery_id="nothing")


@pytest.mark.parametrize("gone", ["hook", "team"])
def test_delivery_of_a_deleted_hook_is_given_up(
    owed: Any, httpserver: HTTPServer, gone: str, after: Any
) -> None:
    due = owed()
    row = hook_of(due) if gone == "hook" else hook_of(due).team
    row.delete_at = 1
    row.save()

    tried = after(due)

    assert (tried.status, tried.attempt_count) == (FAILED, 0)
    assert tried.note == "Given up: the webhook was deleted."
    assert httpserver.log == []


def test_what_is_due_waits_while_outgoing_webhooks_are_switched_off(
    owed: Any, httpserver: HTTPServer, answers: Any, console: Any, after: Any
) -> None:
    answers()
    due = owed()
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    tried = after(due)
    assert (tried.status, tried.attempt_count, httpserver.log) == (PENDING, 0, [])

    console(
        ServiceSettings__EnableOutgoingWebhooks=True,
        ServiceSettings__AllowedUntrustedInternalConnections="127.0.0.1 localhost",
    )
    assert after(due).status == DELIVERED


def test_delivery_of_an_archived_channel_is_given_up(
    owed: Any, httpserver: HTTPServer, after: Any
) -> None:
    due = owed()
    Channel.objects.filter(id=due.payload["channel_id"]).update(delete_at=1)

    assert after(due).note == "Given up: the channel was archived."
    assert httpserver.log == []


def test_a_delivery_that_cannot_be_sent_is_tried_again_and_says_so(
    owed: Any, monkeypatch: pytest.MonkeyPatch, after: Any
) -> None:
    def break_off(*_: object, **__: object) -> bytes:
        raise RuntimeError("poison")

    monkeypatch.setattr(payload, "encode", break_off)
    tried = after(owed())

    assert (tried.status, tried.attempts.get().status_code) == (PENDING, None)
    assert tried.note == "The server failed at it, see its log."
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(("most", "status"), [(1, FAILED), (2, PENDING), (0, PENDING)])
def test_a_webhook_may_say_how_often_it_is_tried(
    owed: Any, answers: Any, after: Any, most: int, status: str
) -> None:
    answers(status=500)
    due = owed()
    OutgoingWebhook.objects.update(most_attempts=most)

    assert after(due).status == status


# --- Claims, dead workers, starting over --------------------------------------------------------------


def test_what_a_dead_worker_had_in_hand_is_answered_once(
    owed: Any, answers: Any, after: Any, fall_due: Any, replies_to: Any
) -> None:
    answers({"text": "hello back"})
    due = owed()
    assert take(due)  # and here the worker dies
    assert after(due).status == PENDING
    fall_due(due)

    tried = after(due)

    assert (tried.status, tried.attempt_count) == (DELIVERED, 2)
    assert len(replies_to(tried)) == 1


def test_worker_that_lost_its_claim_posts_nothing(
    owed: Any, answers: Any, after: Any, fall_due: Any, replies_to: Any
) -> None:
    answers({"text": "hello back"})
    due = owed()
    late = take(due)
    tried = attempts._call(late)
    fall_due(due)
    assert after(due).status == DELIVERED

    attempts._write_down(late, tried)

    assert len(replies_to(due)) == 1


def test_delivery_whose_workers_die_every_time_is_given_up(
    owed: Any, httpserver: HTTPServer, console: Any, after: Any, fall_due: Any
) -> None:
    console(ServiceSettings__OutgoingWebhookMaxAttempts=1)
    due = owed()
    take(due)
    fall_due(due)

    tried = after(due)

    assert (tried.status, tried.attempt_count) == (FAILED, 1)
    assert tried.note == "Given up: the last attempt broke off before its result was known."
    assert httpserver.log == []


@pytest.mark.parametrize(("failures", "note"), [(1, ""), (2, "Reply not posted")])
def test_a_reply_that_cannot_be_posted_takes_nothing_from_what_was_delivered(
    owed: Any,
    monkeypatch: pytest.MonkeyPatch,
    httpserver: HTTPServer,
    answers: Any,
    after: Any,
    replies_to: Any,
    failures: int,
    note: str,
) -> None:
    answers({"text": "hello back"})
    post_message, left = posting.post_message, [failures]

    def break_off(**fields: Any) -> object:
        if left[0]:
            left[0] -= 1
            raise RuntimeError("the disk is full")
        return post_message(**fields)

    monkeypatch.setattr(posting, "post_message", break_off)
    tried = after(owed())

    assert tried.status == DELIVERED
    assert tried.note.partition(":")[0] == note
    assert tried.attempts.get().status_code == 200
    assert len(replies_to(tried)) == 2 - failures
    assert len(httpserver.log) == 1


def test_starting_over_makes_a_settled_delivery_due(owed: Any, answers: Any, after: Any) -> None:
    answers()
    due = owed(status=FAILED, attempt_count=6)

    deliveries.deliver_again(actor=make.admin(), delivery_id=due.id)

    assert Delivery.objects.get(id=due.id).due_at <= now_ms()
    assert (after(due).status, due.attempt_count) == (DELIVERED, 1)


def test_starting_over_is_noted(owed: Any) -> None:
    due = owed(status=FAILED)
    deliveries.deliver_again(actor=make.admin("root"), delivery_id=due.id)
    due.refresh_from_db()

    assert due.note == "Started over by @root."


def test_starting_over_takes_the_claim_from_whoever_is_at_it(
    owed: Any, answers: Any, replies_to: Any
) -> None:
    answers({"text": "hello back"})
    due = owed()
    at_it = take(due)
    tried = attempts._call(at_it)
    deliveries.deliver_again(actor=make.admin(), delivery_id=due.id)

    attempts._write_down(at_it, tried)

    due.refresh_from_db()
    assert (due.status, replies_to(due)) == (PENDING, [])


@pytest.mark.django_db
def test_starting_over_with_an_unknown_delivery_is_refused() -> None:
    with pytest.raises(AppError, match="Unable to find the delivery"):
        deliveries.deliver_again(actor=make.admin(), delivery_id="nothing")


@pytest.mark.parametrize("hours", [-24, 24])
def test_the_clock_of_a_process_decides_nothing(
    owed: Any, answers: Any, after: Any, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    there = now_ms()
    for module in (attempts, breaker):
        monkeypatch.setattr(module, "now_ms", lambda: there + hours * 3_600_000)
    answers(status=503)
    due = owed(create_at=there + hours * 3_600_000)

    tried = after(due)

    assert tried.attempt_count == 1
    assert there + 1000 <= tried.due_at <= now_ms() + 1200


# --- Many workers -------------------------------------------------------------------------------------


def _in_threads(*calls: Callable[[], object]) -> None:
    def run(call: Callable[[], object]) -> None:
        try:
            call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_many_workers_make_one_request(
    owed: Any, httpserver: HTTPServer, answers: Any, replies_to: Any
) -> None:
    answers({"text": "hello back"})
    due = owed()

    _in_threads(*[lambda: worker.attempt(delivery_id=due.id)] * 8)

    assert len(httpserver.log) == 1
    assert len(replies_to(due)) == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_database_connection_is_free_while_a_receiver_thinks(
    owed: Any, monkeypatch: pytest.MonkeyPatch, after: Any
) -> None:
    held: list[bool] = []

    def think(*_: object, **__: object) -> Reply:
        held.append(connection.connection is not None)
        return Reply(200, {}, b"")

    monkeypatch.setattr(outbound, "post", think)

    assert after(owed()).status == DELIVERED
    assert held == [False]


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_before_a_call_is_not_met_again(
    owed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> str:
        connection.ensure_connection()
        raise DatabaseError("the server closed the connection")

    claimed = take(owed())
    monkeypatch.setattr(OutgoingWebhookSender, "why_ended", break_off)

    with pytest.raises(DatabaseError):
        attempts.make(claimed)

    assert connection.connection is None


@pytest.mark.parametrize(("outlives", "status"), [(True, DELIVERED), (False, FAILED)])
def test_what_waits_for_a_webhook_whose_creator_has_gone(
    owed: Any, answers: Any, console: Any, after: Any, outlives: bool, status: str
) -> None:
    answers()
    due = owed()  # whose creator is in no team
    console(
        ServiceSettings__AllowedUntrustedInternalConnections="127.0.0.1 localhost",
        ServiceSettings__OutgoingWebhooksOutliveMembership=outlives,
    )

    tried = after(due)

    assert tried.status == status
    assert ("Its creator is no longer in the team" in tried.note) is not outlives
