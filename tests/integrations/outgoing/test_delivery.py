"""Deliveries against a real receiver: claimed once, retried, settled, answered once."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import User
from channels_app.models import Channel, Post
from integrations import outbound, posting
from integrations.models import OutgoingWebhook
from integrations.outgoing import bulkhead, delivery, payload
from integrations.outgoing.models import DELIVERED, FAILED, JSON, PENDING, Attempt, Delivery
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms
from tests import make

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _receivers_here_are_allowed(console: Any) -> None:
    console(ServiceSettings__AllowedUntrustedInternalConnections="127.0.0.1 localhost")


@pytest.fixture
def owed(db: None, httpserver: HTTPServer) -> Callable[..., Delivery]:
    """`owed(url=…)`: a delivery of a new post, due now; to the test's receiver unless told otherwise."""

    def make_delivery(**more: Any) -> Delivery:
        author = make.user()
        post: Post = more.pop("post", None) or make.post(make.channel(), author, "trigger me")
        assert post.channel.team is not None
        hook = more.pop("hook", None) or make.outgoing_hook(post.channel.team, make.user())
        fields = {"url": httpserver.url_for("/hook"), "content_type": JSON}
        return Delivery.objects.create(
            hook=hook,
            post=post,
            payload=payload.build(post, trigger_word="trigger"),
            **fields | more,
        )

    return make_delivery


def _answers(httpserver: HTTPServer, **answer: Any) -> None:
    httpserver.expect_request("/hook").respond_with_json(**{"response_json": {}, **answer})


def _replies(to: Delivery) -> list[Post]:
    return list(Post.objects.exclude(id=to.post_id).order_by("create_at"))


def _after(owed: Delivery) -> Delivery:
    """The delivery after one attempt."""
    delivery.attempt(delivery_id=owed.id)
    owed.refresh_from_db()
    return owed


def _fall_due(owed: Delivery) -> None:
    Delivery.objects.filter(id=owed.id).update(due_at=now_ms())


# --- The request --------------------------------------------------------------------------------------


def test_receiver_gets_the_payload_with_the_token(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver)
    tried = _after(owed())

    request, _ = httpserver.log[0]
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Webhook-Id"] == tried.id
    assert json.loads(request.data) == {"token": tried.hook.token, **tried.payload}


def test_retry_carries_the_token_of_the_day(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver)
    due = owed()
    OutgoingWebhook.objects.update(token="x" * 26)

    delivery.attempt(delivery_id=due.id)

    assert httpserver.log[0][0].json["token"] == "x" * 26


def test_redirect_is_not_followed(owed: Callable[..., Delivery], httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_response(
        Response(status=302, headers={"Location": httpserver.url_for("/elsewhere")})
    )
    tried = _after(owed())

    assert tried.status == FAILED
    assert "redirects are not followed" in tried.note
    assert len(httpserver.log) == 1


def test_forbidden_address_is_given_up_at_once(owed: Callable[..., Delivery], console: Any) -> None:
    console(ServiceSettings__AllowedUntrustedInternalConnections="")
    tried = _after(owed())

    assert (tried.status, tried.attempt_count) == (FAILED, 1)
    assert "AllowedUntrustedInternalConnections" in tried.note


# --- Settling -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_delivered(
    owed: Callable[..., Delivery], httpserver: HTTPServer, status: int
) -> None:
    httpserver.expect_request("/hook").respond_with_data("", status=status)
    tried = _after(owed())

    assert (tried.status, tried.attempt_count, tried.note) == (DELIVERED, 1, "")


def test_passing_trouble_is_tried_again_in_about_a_second(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, status=503)
    began = now_ms()
    tried = _after(owed())

    assert (tried.status, tried.attempt_count) == (PENDING, 1)
    assert began + 1000 <= tried.due_at <= now_ms() + 1200


def test_receiver_that_cannot_be_reached_is_tried_again(owed: Callable[..., Delivery]) -> None:
    tried = _after(owed(url="http://127.0.0.1:9/"))

    assert (tried.status, tried.attempt_count) == (PENDING, 1)
    assert tried.attempts.get().status_code is None


def test_refusal_is_final(owed: Callable[..., Delivery], httpserver: HTTPServer) -> None:
    _answers(httpserver, status=410)

    assert _after(owed()).status == FAILED


def test_last_attempt_is_the_last(
    owed: Callable[..., Delivery], httpserver: HTTPServer, console: Any
) -> None:
    console(ServiceSettings__OutgoingWebhookMaxAttempts=2)
    _answers(httpserver, status=500)
    due = owed()
    assert _after(due).status == PENDING
    _fall_due(due)

    tried = _after(due)

    assert (tried.status, tried.attempt_count) == (FAILED, 2)
    assert tried.note == "Given up: The receiver answered 500."


def test_retry_after_is_honoured(owed: Callable[..., Delivery], httpserver: HTTPServer) -> None:
    _answers(httpserver, status=429, headers={"Retry-After": "100"})
    began = now_ms()

    assert _after(owed()).due_at >= began + 100_000


def test_attempt_records_what_came_back(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/hook").respond_with_data("é\0" * 3000, status=500)
    tried = _after(owed())

    record = tried.attempts.get()
    assert record.status_code == 500
    assert record.error == "The receiver answered 500."
    assert record.response_start == "é\ufffd" * 1000


def test_time_out_counts_as_passing_trouble(
    owed: Callable[..., Delivery], httpserver: HTTPServer, console: Any
) -> None:
    console(ServiceSettings__OutgoingIntegrationRequestsTimeout=1)
    let_go = threading.Event()

    def think(request: Request) -> Response:
        let_go.wait(PATIENCE)
        return Response()

    httpserver.expect_request("/hook").respond_with_handler(think)
    tried = _after(owed())
    let_go.set()

    assert tried.status == PENDING
    assert tried.attempts.get().duration_ms >= 900


@pytest.mark.parametrize("state", [DELIVERED, FAILED])
def test_settled_delivery_is_left_alone(
    owed: Callable[..., Delivery], httpserver: HTTPServer, state: str
) -> None:
    tried = _after(owed(status=state))

    assert tried.attempt_count == 0
    assert httpserver.log == []


def test_delivery_is_not_tried_before_its_time(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    assert _after(owed(due_at=now_ms() + 60_000)).attempt_count == 0
    assert httpserver.log == []


@pytest.mark.django_db
def test_delivery_that_does_not_exist_is_no_error() -> None:
    delivery.attempt(delivery_id="nothing")


@pytest.mark.parametrize("gone", ["hook", "team"])
def test_delivery_of_a_deleted_hook_is_given_up(
    owed: Callable[..., Delivery], httpserver: HTTPServer, gone: str
) -> None:
    due = owed()
    row = due.hook if gone == "hook" else due.hook.team
    row.delete_at = 1
    row.save()

    tried = _after(due)

    assert (tried.status, tried.attempt_count) == (FAILED, 0)
    assert tried.note == "Given up: the webhook was deleted."
    assert httpserver.log == []


def test_delivery_is_given_up_while_outgoing_webhooks_are_switched_off(
    owed: Callable[..., Delivery], httpserver: HTTPServer, console: Any
) -> None:
    console(ServiceSettings__EnableOutgoingWebhooks=False)

    assert _after(owed()).note == "Given up: outgoing webhooks are switched off."
    assert httpserver.log == []


# --- The reply ----------------------------------------------------------------------------------------


def test_reply_is_posted_by_the_creator_of_the_hook(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "hello back"})
    tried = _after(owed())

    (reply,) = _replies(tried)
    assert (reply.message, reply.user_id) == ("hello back", tried.hook.creator_id)
    assert (reply.channel_id, reply.root_id) == (tried.post.channel_id, None)
    assert reply.props["from_webhook"] == "true"


def test_reply_fires_no_hooks(owed: Callable[..., Delivery], httpserver: HTTPServer) -> None:
    _answers(httpserver, response_json={"text": "trigger again"})
    _after(owed())

    assert Delivery.objects.count() == 1


def test_name_and_picture_of_the_hook_are_those_of_the_reply(
    owed: Callable[..., Delivery], httpserver: HTTPServer, console: Any
) -> None:
    console(
        ServiceSettings__EnablePostUsernameOverride=True,
        ServiceSettings__EnablePostIconOverride=True,
    )
    _answers(httpserver, response_json={"text": "x"})
    due = owed()
    OutgoingWebhook.objects.update(username="robot", icon_url="/i.png", display_name="Builds")

    (reply,) = _replies(_after(due))

    assert reply.props["override_username"] == "robot"
    assert reply.props["override_icon_url"] == "/i.png"
    assert reply.props["webhook_display_name"] == "Builds"


def test_comment_answers_in_the_thread(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "x", "response_type": "comment"})
    tried = _after(owed())

    assert _replies(tried)[0].root_id == tried.post_id


def test_comment_on_a_reply_goes_to_the_first_post_of_the_thread(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "x", "response_type": "comment"})
    author = make.user()
    root = make.post(make.channel(), author)
    tried = _after(owed(post=make.post(root.channel, author, root=root)))

    reply = Post.objects.exclude(id__in=[root.id, tried.post_id]).get()
    assert reply.root_id == root.id


def test_attachments_alone_make_a_reply(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"attachments": [{"text": "att"}]})

    (reply,) = _replies(_after(owed()))

    assert (reply.message, reply.type) == ("", "slack_attachment")


@pytest.mark.parametrize("body", ["", " \n", "{}", '{"text": null}', '{"text": ""}', "null"])
def test_empty_reply_posts_nothing(
    owed: Callable[..., Delivery], httpserver: HTTPServer, body: str
) -> None:
    httpserver.expect_request("/hook").respond_with_data(body)
    tried = _after(owed())

    assert (tried.status, tried.note, _replies(tried)) == (DELIVERED, "", [])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("ok", ""),
        ("<html></html>", ""),
        ('{"text": 5}', "text"),
        ('{"text": "x", "props": []}', "props"),
        ('{"text": "x", "type": "system_join_channel"}', "type"),
    ],
)
def test_reply_that_cannot_be_posted_is_noted_and_not_fetched_again(
    owed: Callable[..., Delivery], httpserver: HTTPServer, body: str, named: str
) -> None:
    httpserver.expect_request("/hook").respond_with_data(body)
    tried = _after(owed())

    assert tried.status == DELIVERED
    assert tried.note.startswith("Reply not posted: ")
    assert named in tried.note
    assert _replies(tried) == []


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_errors_are_not_posted(
    owed: Callable[..., Delivery], httpserver: HTTPServer, status: int
) -> None:
    _answers(httpserver, response_json={"text": "an error"}, status=status)

    assert _replies(_after(owed())) == []


def _archive(post: Post) -> None:
    Channel.objects.filter(id=post.channel_id).update(delete_at=1)


def _delete(post: Post) -> None:
    Post.objects.filter(id=post.id).update(delete_at=1)


@pytest.mark.parametrize(
    ("happens", "note"),
    [
        (_archive, "Reply not posted: the channel was archived meanwhile."),
        (_delete, "Reply not posted: the post it answers was deleted meanwhile."),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_happens_while_the_receiver_thinks_counts(
    owed: Callable[..., Delivery],
    httpserver: HTTPServer,
    happens: Callable[[Post], None],
    note: str,
) -> None:
    due = owed()

    def think(request: Request) -> Response:
        happens(due.post)
        connection.close()
        return Response('{"text": "x", "response_type": "comment"}')

    httpserver.expect_request("/hook").respond_with_handler(think)

    assert _after(due).note == note
    assert _replies(due) == []


def test_hook_of_a_deactivated_creator_goes_on(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "still here"})
    due = owed()
    User.objects.filter(id=due.hook.creator_id).update(delete_at=1)

    assert len(_replies(_after(due))) == 1


# --- Claims, dead workers, starting over --------------------------------------------------------------


def test_claim_outlasts_the_time_out(owed: Callable[..., Delivery], console: Any) -> None:
    console(ServiceSettings__OutgoingIntegrationRequestsTimeout=30)
    due = owed()
    began = now_ms()
    claimed = delivery._claim(due.id)

    assert claimed is not None
    assert began + 30_000 < claimed.due_at < now_ms() + 40_000


def test_what_a_dead_worker_had_in_hand_is_answered_once(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "hello back"})
    due = owed()
    assert delivery._claim(due.id) is not None  # and here the worker dies
    assert _after(due).status == PENDING
    _fall_due(due)

    tried = _after(due)

    assert (tried.status, tried.attempt_count) == (DELIVERED, 2)
    assert len(_replies(tried)) == 1


def test_worker_that_lost_its_claim_posts_nothing(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "hello back"})
    due = owed()
    late = delivery._claim(due.id)
    assert late is not None
    tried = delivery._call(late)
    _fall_due(due)
    assert _after(due).status == DELIVERED

    delivery._write_down(late, tried)

    assert len(_replies(due)) == 1


def test_delivery_whose_workers_die_every_time_is_given_up(
    owed: Callable[..., Delivery], httpserver: HTTPServer, console: Any
) -> None:
    console(ServiceSettings__OutgoingWebhookMaxAttempts=1)
    due = owed()
    delivery._claim(due.id)
    _fall_due(due)

    tried = _after(due)

    assert (tried.status, tried.attempt_count) == (FAILED, 1)
    assert tried.note == "Given up: the last attempt broke off before its result was known."
    assert httpserver.log == []


def test_crash_while_answering_leaves_nothing_half_done(
    owed: Callable[..., Delivery], httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answers(httpserver, response_json={"text": "hello back"})
    due = owed()

    def break_off(**_: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(posting, "post_message", break_off)
        assert _after(due).status == PENDING
    assert not Attempt.objects.exists()
    _fall_due(due)

    assert _after(due).status == DELIVERED
    assert len(_replies(due)) == 1


def test_starting_over_makes_a_settled_delivery_due(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver)
    due = owed(status=FAILED, attempt_count=6)

    delivery.deliver_again(delivery_id=due.id)

    assert delivery.due() == [due.id]
    assert (_after(due).status, due.attempt_count) == (DELIVERED, 1)


def test_starting_over_is_noted(owed: Callable[..., Delivery]) -> None:
    due = owed(status=FAILED)
    delivery.deliver_again(delivery_id=due.id)
    due.refresh_from_db()

    assert due.note == "Started over by an administrator."


def test_starting_over_takes_the_claim_from_whoever_is_at_it(
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "hello back"})
    due = owed()
    at_it = delivery._claim(due.id)
    assert at_it is not None
    tried = delivery._call(at_it)
    delivery.deliver_again(delivery_id=due.id)

    delivery._write_down(at_it, tried)

    due.refresh_from_db()
    assert (due.status, _replies(due)) == (PENDING, [])


@pytest.mark.django_db
def test_starting_over_with_an_unknown_delivery_is_refused() -> None:
    with pytest.raises(AppError, match="Unable to find the delivery"):
        delivery.deliver_again(delivery_id="nothing")


# --- The sweep's choice -------------------------------------------------------------------------------


def test_due_are_pending_deliveries_whose_time_has_come(owed: Callable[..., Delivery]) -> None:
    due = owed()
    owed(due_at=now_ms() + 60_000)
    owed(status=DELIVERED)
    owed(status=FAILED)

    assert delivery.due() == [due.id]


def test_busy_hook_leaves_room_in_the_sweep(
    owed: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MOST_SWEPT_PER_HOOK", 2)
    monkeypatch.setattr(delivery, "MOST_SWEPT", 3)
    busy = owed(due_at=1)
    for due_at in (2, 3, 4):
        owed(post=busy.post, hook=busy.hook, due_at=due_at)
    quiet = owed(due_at=5)

    chosen = delivery.due()

    assert len(chosen) == 3
    assert quiet.id in chosen


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
    owed: Callable[..., Delivery], httpserver: HTTPServer
) -> None:
    _answers(httpserver, response_json={"text": "hello back"})
    due = owed()

    _in_threads(*[lambda: delivery.attempt(delivery_id=due.id)] * 8)

    assert len(httpserver.log) == 1
    assert len(_replies(due)) == 1


@pytest.fixture
def slow() -> Iterator["Slow"]:
    """A receiver that answers when it is told to, and counts who is there."""
    with HTTPServer(threaded=True) as server:
        made = Slow(server.url_for("/hook"))
        server.expect_request("/hook").respond_with_handler(made.answer)
        yield made
        made.let_go.set()


class Slow:
    """Counts the requests that are waiting for its answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.let_go = threading.Event()
        self.guard = threading.Condition()
        self.present = self.most = 0

    def answer(self, request: Request) -> Response:
        """Answers once let go."""
        with self.guard:
            self.present += 1
            self.most = max(self.most, self.present)
            self.guard.notify_all()
        self.let_go.wait(PATIENCE)
        with self.guard:
            self.present -= 1
        return Response()

    def wait_for(self, number: int) -> bool:
        """Until so many are waiting."""
        with self.guard:
            return self.guard.wait_for(lambda: self.present >= number, PATIENCE)


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_slow_receiver_holds_eight_threads_and_gets_everything_in_the_end(
    owed: Callable[..., Delivery], slow: Slow
) -> None:
    first = owed(url=slow.url)
    waiting = [owed(hook=first.hook, post=first.post, url=slow.url) for _ in range(11)]
    elsewhere = owed(url="http://127.0.0.1:9/")

    def meanwhile() -> None:
        assert slow.wait_for(bulkhead.MOST_CALLS_PER_HOST)
        delivery.attempt(delivery_id=elsewhere.id)  # not held up by them
        slow.let_go.set()

    calls = [lambda row=row: delivery.attempt(delivery_id=row.id) for row in (first, *waiting)]
    _in_threads(*calls, meanwhile)

    assert slow.most == bulkhead.MOST_CALLS_PER_HOST
    assert Delivery.objects.filter(status=DELIVERED).count() == 12
    elsewhere.refresh_from_db()
    assert elsewhere.attempt_count == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_database_connection_is_free_while_a_receiver_thinks(
    owed: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    def think(*_: object, **__: object) -> outbound.Reply:
        held.append(connection.connection is not None)
        return outbound.Reply(200, {}, b"")

    monkeypatch.setattr(outbound, "post", think)

    assert _after(owed()).status == DELIVERED
    assert held == [False]
