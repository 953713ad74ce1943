"""The index of hooks: it finds all that fire, at a cost that does not grow with those that do not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.posts.models import Post
from integrations.outgoing import hooks, matching, rules, triggers
from integrations.outgoing.models import EXACT, STARTS_WITH, OutgoingWebhook
from mattermost_hooks import process_cache
from mattermost_hooks.console.sections import Config
from tests import growth, make

HERE = Channel(id="here", name="here", team=Team(id="team"))
MANY = 10_000

_words = st.lists(st.text("ab\u00e9", min_size=1, max_size=4), max_size=4)
_messages = st.text("ab\u00e9 \n", max_size=12)


def _hook(number: int, **more: Any) -> OutgoingWebhook:
    fields = {"id": f"hook{number:05}", "team_id": "team", "callback_urls": ["http://a.example"]}
    return OutgoingWebhook(**(fields | more))


def _index(some: list[OutgoingWebhook]) -> matching.Index:
    return matching.index_of(
        (one.id, one.channel_id, one.trigger_words, one.trigger_when) for one in some
    )


@given(
    st.lists(st.tuples(st.sampled_from(["here", "elsewhere", None]), _words, st.integers(0, 1)), max_size=12),
    _messages,
)  # fmt: skip
def test_it_finds_every_hook_that_fires_and_no_other(
    listening: list[tuple[str | None, list[str], int]], message: str
) -> None:
    some = [
        _hook(number, channel_id=channel, trigger_words=words, trigger_when=trigger_when)
        for number, (channel, words, trigger_when) in enumerate(listening)
        if channel or words
    ]
    post = Post(message=message, channel=HERE, user=User(username="ann"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(rules, "get_config", Config)
        fire = [one.id for one in some if rules.judge(one, post).fires]

    assert _index(some).find("here", rules.first_word(message)) == fire


@pytest.mark.parametrize(
    "listening", ["exactly", "beginnings", "to channels", "to words in channels"]
)
@pytest.mark.parametrize("word", ["deploy", "nothing-like-it"])
def test_it_costs_no_more_beside_ten_thousand_other_hooks(listening: str, word: str) -> None:
    def others(number: int) -> dict[str, Any]:
        words: dict[str, Any] = {"trigger_words": [f"word{number:05}"], "trigger_when": EXACT}
        return {
            "exactly": words,
            "beginnings": words | {"trigger_when": STARTS_WITH},
            "to channels": {"channel_id": f"channel{number}"},
            "to words in channels": words | {"channel_id": f"channel{number}"},
        }[listening]

    def cost_beside(number: int) -> int:
        mine = _hook(0, trigger_words=["deploy"])
        index = _index([mine, *(_hook(one, **others(one)) for one in range(1, number + 1))])
        return growth.operations(lambda: index.find("here", word))

    assert cost_beside(MANY) == cost_beside(10) > 0


# --- What a process keeps of it -----------------------------------------------------------------------


@pytest.fixture
def ann() -> User:
    """Who runs the team."""
    return make.admin("ann")


@pytest.fixture
def channel(ann: User) -> Channel:
    """A public channel."""
    return make.channel(make.team(ann), ann)


def _made(ann: User, channel: Channel, *words: str) -> OutgoingWebhook:
    assert channel.team
    return hooks.create(
        actor=ann, team=channel.team, trigger_words=words, callback_urls=["http://a.example"]
    )


def _owed(ann: User, channel: Channel, message: str) -> list[str]:
    post = Post(user=ann, channel=channel, message=message)
    return [one.owner_id for one in triggers.deliveries_owed(post)]


@pytest.mark.django_db
def test_hooks_are_read_once(ann: User, channel: Channel, django_assert_num_queries: Any) -> None:
    hook = _made(ann, channel, "deploy")
    assert _owed(ann, channel, "deploy now") == [hook.id]

    with django_assert_num_queries(0):
        assert _owed(ann, channel, "deploy now") == [hook.id]
        assert _owed(ann, channel, "other") == []


@pytest.mark.django_db
def test_a_new_hook_fires_at_once(ann: User, channel: Channel) -> None:
    assert _owed(ann, channel, "deploy") == []

    hook = _made(ann, channel, "deploy")

    assert _owed(ann, channel, "deploy") == [hook.id]


@pytest.mark.django_db
def test_a_changed_hook_fires_on_what_it_listens_to_now(ann: User, channel: Channel) -> None:
    hook = _made(ann, channel, "deploy")
    assert _owed(ann, channel, "deploy") == [hook.id]

    hooks.update(actor=ann, hook=hook, trigger_words=["build"], callback_urls=["http://a.example"])

    assert _owed(ann, channel, "deploy") == []
    assert _owed(ann, channel, "build") == [hook.id]


@pytest.mark.django_db
def test_a_deleted_hook_fires_no_more(ann: User, channel: Channel) -> None:
    hook = _made(ann, channel, "deploy")
    assert _owed(ann, channel, "deploy") == [hook.id]

    hooks.delete(actor=ann, hook=hook)

    assert _owed(ann, channel, "deploy") == []


@pytest.mark.django_db
def test_hooks_are_found_in_the_order_in_which_they_were_made(ann: User, channel: Channel) -> None:
    assert channel.team
    made = [
        make.outgoing_hook(channel.team, ann, trigger_words=["deploy"], create_at=at)
        for at in (3, 1, 2)
    ]

    assert _owed(ann, channel, "deploy") == [made[1].id, made[2].id, made[0].id]


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["token", "address", "deletion"])
def test_what_is_not_listened_to_may_change_without_reading_all_hooks_anew(
    ann: User, channel: Channel, change: str
) -> None:
    hook = _made(ann, channel, "deploy")
    _made(ann, channel, "other")
    assert _owed(ann, channel, "deploy") == [hook.id]

    if change == "token":
        hooks.regenerate_token(actor=ann, hook=hook)
    elif change == "address":
        hooks.call_elsewhere(hook=hook, url="http://b.example", instead_of="http://a.example")
    else:
        hooks.delete(actor=ann, hook=hook)
    with CaptureQueriesContext(connection) as queries:
        _owed(ann, channel, "deploy")

    assert [
        one["sql"] for one in queries if "trigger_words" in one["sql"] and hook.id not in one["sql"]
    ] == []
    assert len(queries) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["made", "changed", "deleted"])
def test_what_another_process_does_to_a_hook_is_heard_of_at_the_next_look(
    ann: User,
    channel: Channel,
    change: str,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    hook = None if change == "made" else _made(ann, channel, "deploy")
    before = _owed(ann, channel, "deploy"), _owed(ann, channel, "build")
    process_cache.refresh()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(process_cache, "_forget", lambda _: None)  # what it forgets itself
        with django_capture_on_commit_callbacks(execute=True):
            if hook is None:
                hook = _made(ann, channel, "build")
            elif change == "changed":
                words = {"trigger_words": ["build"], "callback_urls": hook.callback_urls}
                hooks.update(actor=ann, hook=hook, **words)
            else:
                hooks.delete(actor=ann, hook=hook)

    assert (_owed(ann, channel, "deploy"), _owed(ann, channel, "build")) == before
    process_cache.refresh()
    assert _owed(ann, channel, "deploy") == []
    assert _owed(ann, channel, "build") == ([] if change == "deleted" else [hook.id])


@pytest.mark.django_db
def test_threads_that_ask_at_once_read_the_hooks_once(
    ann: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, begun, go_on = [], threading.Event(), threading.Event()

    def load(team_id: str) -> matching.Index:
        loads.append(team_id)
        begun.set()
        assert go_on.wait(10)
        return matching.index_of([])

    monkeypatch.setattr(matching, "_load", load)
    post = Post(user=ann, channel=channel, message="deploy")
    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(lambda: list(matching.candidates(post))) for _ in range(4)]
        assert begun.wait(10)
        while len([one for one in asking if one.running()]) < 4:
            pass
        go_on.set()
        assert [one.result(10) for one in asking] == [[]] * 4

    assert loads == [channel.team_id]
