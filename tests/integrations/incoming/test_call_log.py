"""The log of calls: what stands in it, who reads it, and that it stays small."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from channels_app.channels import channels
from channels_app.posts import posts
from channels_app.posts.models import Post
from integrations.incoming import call_log, hooks
from integrations.incoming.models import POSTED, REFUSED, UNLISTED, IncomingCall, IncomingWebhook
from mattermost_hooks import buckets, redis_link, statements
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import first_ordered_id, now_ms
from tests import make, plans

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

DAY_MS = call_log.DAY_MS


@pytest.fixture
def hook() -> IncomingWebhook:
    """A hook of an administrator of its team."""
    channel = make.channel(name="golden")
    owner = make.team_admin(make.team_of(channel), "ann")
    return make.incoming_hook(channel, owner)


def lines(hook: IncomingWebhook) -> list[IncomingCall]:
    """What the owner reads, once it is written."""
    call_log.write_down()
    return call_log.of_hook(actor=hook.user, hook=hook, limit=200)


def refuse(hook_id: str, **more: Any) -> None:
    """A call that is refused."""
    error = AppError("some.id", "No.", detail="text: wrong")
    said: dict[str, Any] = {"source": "203.0.113.7", "size": 12, "refusal": error}
    call_log.note_refused(hook_id=hook_id, **said | more)


def old(hook: IncomingWebhook, *, days: float) -> IncomingCall:
    """A line from so many days ago."""
    at = now_ms() - round(days * DAY_MS)
    return IncomingCall.objects.create(id=first_ordered_id(at), hook=hook, create_at=at, status=200)


def test_a_call_that_is_posted_leaves_a_line_with_its_post(
    hook: IncomingWebhook, call_hook: Callable[..., Any]
) -> None:
    before = now_ms()
    assert call_hook(hook, text="the text").status_code == 200
    (line,) = lines(hook)
    assert (line.outcome, line.status, line.source) == (POSTED, 200, "127.0.0.1")
    assert line.size == len(b'{"text": "the text"}')
    assert line.post == Post.objects.get()
    assert before <= line.create_at <= now_ms()
    assert (line.error_id, line.message, line.detail) == ("", "", "")


def test_a_message_of_several_posts_leaves_one_line_with_the_first(
    hook: IncomingWebhook, call_hook: Callable[..., Any], console: Callable[..., None]
) -> None:
    console(ServiceSettings__MaxPostSize=4000)
    call_hook(hook, text="a" * 4000 + "b")
    (line,) = lines(hook)
    assert line.post
    assert line.post.message[0] == "a"


@pytest.mark.parametrize(
    ("payload", "status", "error_id", "detail"),
    [
        ({}, 400, "web.incoming_webhook.text.app_error", ""),
        ({"text": 5}, 400, "model.incoming_hook.parse_data.app_error", "text"),
        ({"text": "x", "channel": "nowhere"}, 404, "web.incoming_webhook.channel.app_error", ""),
        ({"text": "x", "channel": "@nobody"}, 400, "web.incoming_webhook.user.app_error", ""),
        ({"text": "x", "channel": "hidden"}, 403, "web.incoming_webhook.permissions.app_error", "channel"),
        ({"text": "x", "channel": "other"}, 403, "web.incoming_webhook.channel_locked.app_error", ""),
        ({"text": "x", "root_id": "x"}, 400, "api.post.create_post.root_id.app_error", "root_id"),
    ],
)  # fmt: skip
def test_a_refused_call_leaves_a_line_with_the_reason(
    hook: IncomingWebhook,
    call_hook: Callable[..., Any],
    payload: dict[str, Any],
    status: int,
    error_id: str,
    detail: str,
) -> None:
    make.channel(hook.team, name="hidden", type="P")
    make.channel(hook.team, name="other")
    IncomingWebhook.objects.update(channel_locked=payload.get("channel") == "other")
    answer = call_hook(hook, **payload)
    (line,) = lines(hook)
    assert (line.outcome, line.status, line.error_id) == (REFUSED, status, error_id)
    assert (answer.status_code, answer.json()["id"]) == (status, error_id)
    assert (line.message, line.detail) == (
        answer.json()["message"],
        answer.json()["detailed_error"],
    )
    assert detail in line.detail
    assert line.post_id is None
    assert line.size > 0


def test_calls_are_listed_while_webhooks_are_switched_off(
    hook: IncomingWebhook, call_hook: Callable[..., Any], console: Callable[..., None]
) -> None:
    console(ServiceSettings__EnableIncomingWebhooks=False)
    assert call_hook(hook, text="hi").status_code == 501
    with pytest.raises(AppError) as caught:
        lines(hook)
    assert caught.value.status == 501
    console(ServiceSettings__EnableIncomingWebhooks=True)
    (line,) = lines(hook)
    assert (line.status, line.error_id) == (501, "web.incoming_webhook.disabled.app_error")


def test_another_method_is_listed_and_looking_is_not(hook: IncomingWebhook) -> None:
    assert Client().put(f"/hooks/{hook.id}", "{}").status_code == 405
    for method in ("get", "head", "options"):
        getattr(Client(), method)(f"/hooks/{hook.id}")
    (line,) = lines(hook)
    assert (line.status, line.error_id) == (405, "api.context.method_not_allowed.app_error")


def test_what_nobody_foresaw_is_listed_as_the_caller_sees_it(
    hook: IncomingWebhook, call_hook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise LookupError("a secret of ours")

    monkeypatch.setattr(posts, "create", fail)
    assert call_hook(hook, text="hi").status_code == 500
    (line,) = lines(hook)
    assert (line.status, line.error_id) == (500, "api.unexpected_error.app_error")
    assert "secret" not in line.message + line.detail


def test_the_address_of_a_line_is_what_the_proxy_says(hook: IncomingWebhook, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    body, kind = {"text": "hi"}, "application/json"
    forwarded = {"X-Forwarded-For": "10.0.0.1, 2001:db8::7"}
    Client(headers=forwarded).post(f"/hooks/{hook.id}", body, content_type=kind)
    Client(headers={"X-Forwarded-For": "nonsense"}).post(
        f"/hooks/{hook.id}", body, content_type=kind
    )
    assert [line.source for line in lines(hook)] == ["", "2001:db8::7"]


def test_the_text_of_a_message_is_not_kept(
    hook: IncomingWebhook, call_hook: Callable[..., Any]
) -> None:
    call_hook(hook, text="s3cret words")
    call_hook(hook, text="s3cret words", channel="nowhere")
    call_hook(hook, text=["s3cret words"])
    call_log.write_down()
    kept = list(IncomingCall.objects.values())
    assert len(kept) == 3
    assert "s3cret" not in str(kept)


def test_a_call_to_a_person_leaves_a_line_with_its_post(
    hook: IncomingWebhook, call_hook: Callable[..., Any]
) -> None:
    bob = make.user("bob")
    call_hook(hook, text="hi", channel="@bob")
    (line,) = lines(hook)
    assert line.post
    assert line.post.channel == channels.direct(hook.user, bob)


def test_an_unknown_hook_leaves_a_word_in_the_log_without_its_id(
    hook: IncomingWebhook, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    _say_always(monkeypatch)
    unknown = "x" * 26
    with caplog.at_level(logging.WARNING, "integrations.incoming.call_log"):
        for address in (unknown, "tooshort", hook.id.upper()):
            answer = Client().post(
                f"/hooks/{address}", {"text": "hi"}, content_type="application/json"
            )
            assert answer.status_code == 400
        call_log.write_down()
    said = [one.getMessage() for one in caplog.records if "called from" in one.getMessage()]
    assert said == ["A webhook that does not exist was called from 127.0.0.1"] * 3
    assert not IncomingCall.objects.exists()
    for address in (unknown, "tooshort", hook.id.upper()):
        assert address not in "".join(said)


def test_calls_of_a_deleted_hook_stay_readable_for_administrators(
    hook: IncomingWebhook, call_hook: Callable[..., Any]
) -> None:
    hooks.delete(actor=hook.user, hook=hook)
    assert call_hook(hook, text="hi").status_code == 400
    call_log.write_down()
    (line,) = IncomingCall.objects.all()
    assert (line.hook, line.error_id) == (hook, "web.incoming_webhook.invalid.app_error")


def test_a_log_that_cannot_be_written_takes_nothing_from_a_post(
    hook: IncomingWebhook, call_hook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(statements, "append", _fail)
        assert call_hook(hook, text="hi").status_code == 200
        call_log.write_down()
    assert Post.objects.count() == 1
    (line,) = lines(hook)
    assert line.outcome == UNLISTED
    assert "not listed" in line.message
    assert line.message.endswith(": 1")


def test_odd_characters_and_long_reasons_are_storable(hook: IncomingWebhook) -> None:
    odd = AppError("i" * 500, "m\0\ud800" + "m" * 500, detail="d" * 500)
    refuse(hook.id, refusal=odd, source="f" * 100, size=2**40)
    (line,) = lines(hook)
    assert line.message.startswith("m\ufffd?m")
    assert {len(line.error_id), len(line.message), len(line.detail)} == {128, 300}


def test_those_who_may_not_manage_a_hook_read_nothing(hook: IncomingWebhook) -> None:
    mate = make.user()
    hook.team.members.create(user=mate)
    for stranger in (mate, make.user()):
        with pytest.raises(AppError) as caught:
            call_log.of_hook(actor=stranger, hook=hook, limit=1)
        assert caught.value.status == 403
    for manager in (hook.user, make.team_admin(hook.team), make.admin()):
        assert call_log.of_hook(actor=manager, hook=hook, limit=1) == []


def test_lines_come_newest_first_and_go_on_before_one(hook: IncomingWebhook) -> None:
    other = make.incoming_hook(hook.channel, hook.user)
    for number in range(5):
        refuse(hook.id, size=number)
        refuse(other.id, size=99)
    newest = lines(hook)[:2]
    assert [line.size for line in newest] == [4, 3]
    rest = call_log.of_hook(actor=hook.user, hook=hook, before=newest[-1].id, limit=2)
    assert [line.size for line in rest] == [2, 1]


def test_lines_are_read_by_their_outcome(hook: IncomingWebhook) -> None:
    for status in (200, 201, 400, 503, 0):
        IncomingCall.objects.create(hook=hook, status=status)
    for outcome, statuses in {POSTED: [201, 200], REFUSED: [503, 400], UNLISTED: [0]}.items():
        found = call_log.of_hook(actor=hook.user, hook=hook, outcome=outcome, limit=9)
        assert [(line.outcome, line.status) for line in found] == [(outcome, s) for s in statuses]
    with pytest.raises(AppError) as caught:
        call_log.of_hook(actor=hook.user, hook=hook, outcome="lost", limit=9)
    assert caught.value.status == 400
    assert "posted, refused, unlisted" in caught.value.detail


def test_a_call_that_came_too_soon_leaves_a_line(
    hook: IncomingWebhook, console: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_link.connection.delete(buckets.KEY)
    monkeypatch.setattr(buckets, "SECOND", 3600 * buckets.SECOND)  # a token an hour
    console(RateLimitSettings__Enable=True, RateLimitSettings__MaxBurst=1)
    codes = [Client().post(f"/hooks/{hook.id}", {"text": "x"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    limited = lines(hook)[0]
    assert (limited.status, limited.message) == (429, "limit exceeded")
    assert limited.source == "127.0.0.1"
    assert "2 at once" in limited.detail
    assert len(lines(hook)) == 3


def test_a_cursor_that_is_no_id_is_refused(hook: IncomingWebhook) -> None:
    with pytest.raises(AppError) as caught:
        call_log.of_hook(actor=hook.user, hook=hook, before="x'", limit=1)
    assert caught.value.status == 400
    assert "before" in caught.value.detail


def test_a_batch_is_written_with_few_statements(
    hook: IncomingWebhook, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(300):
        call_log.note_posted(hook_id=hook.id, source="", size=1, first=Post())
    with django_assert_max_num_queries(5):
        call_log.write_down()
    assert IncomingCall.objects.count() == 300


def test_calls_of_a_day_are_counted_in_one_query_and_up_to_a_limit(
    hook: IncomingWebhook,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(call_log, "MOST_COUNTED", 3)
    quiet, busy = (make.incoming_hook(hook.channel, hook.user) for _ in range(2))
    old(hook, days=1.1)
    old(hook, days=0.9)
    refuse(hook.id)
    for _ in range(6):
        refuse(busy.id)
    call_log.write_down()
    with django_assert_num_queries(1):
        counted = call_log.counts_of_last_day([hook, quiet, busy])
    assert counted == {hook.id: 2, quiet.id: 0, busy.id: 4}


def test_old_lines_are_pruned_oldest_first(
    hook: IncomingWebhook, console: Callable[..., None]
) -> None:
    console(DataRetentionSettings__IncomingCallRetentionDays=2)
    kept = old(hook, days=1.9)
    for days in (4, 3, 2.1):
        old(hook, days=days)
    assert [call_log.prune(most=2) for _ in range(3)] == [2, 1, 0]
    assert list(IncomingCall.objects.all()) == [kept]


def test_a_flood_keeps_the_latest_lines_of_its_hook_alone(
    hook: IncomingWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "MOST_CALLS", 10)
    monkeypatch.setattr(call_log, "STEP", 4)
    other = make.incoming_hook(hook.channel, hook.user)
    refuse(other.id)
    most = 0
    for number in range(50):
        refuse(hook.id, size=number)
        call_log.write_down()
        most = max(most, IncomingCall.objects.filter(hook=hook).count())
    assert 10 < most <= 14
    assert [line.size for line in lines(hook)][:10] == list(range(49, 39, -1))
    assert len(lines(other)) == 1


def test_a_process_that_begins_cuts_what_others_left(
    hook: IncomingWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "MOST_CALLS", 10)
    for _ in range(30):
        old(hook, days=1 + IncomingCall.objects.count() / 1000)
    refuse(hook.id)
    assert len(lines(hook)) == 11


def test_what_is_remembered_of_hooks_is_bounded(
    hook: IncomingWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "MOST_HOOKS_COUNTED", 3)
    for _ in range(10):
        refuse(make.incoming_hook(hook.channel, hook.user).id)
    call_log.write_down()
    assert len(call_log._since_cut) <= 3


def test_reading_looks_at_little_more_than_it_shows(hook: IncomingWebhook) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite does not tell what it looks at")
    other = make.incoming_hook(hook.channel, hook.user)
    IncomingCall.objects.bulk_create(
        IncomingCall(hook=one, status=200) for _ in range(5000) for one in (hook, other)
    )
    newest = call_log.of_hook(actor=hook.user, hook=hook, limit=1)[0]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as queries:
        call_log.of_hook(actor=hook.user, hook=hook, before=newest.id, limit=50)
        call_log.prune(most=500)
    calls = [one["sql"] for one in queries if "incomingcall" in one["sql"]]
    assert len(calls) == 2
    assert sum(plans.of_sql(sql) for sql in calls) < 200
    with CaptureQueriesContext(connection) as queries:
        call_log.counts_of_last_day([hook, other])
    assert sum(plans.of_sql(one["sql"]) for one in queries) < 10 * call_log.MOST_COUNTED


def _say_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_log, "_say_that_a_hook_is_unknown", call_log.logger.warning)


def _fail(*_: object) -> None:
    raise LookupError("a bug")
