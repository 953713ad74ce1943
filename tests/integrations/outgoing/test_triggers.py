"""Which hooks a post fires, and what it then owes."""

from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import QuerySet

from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Origin, Post
from integrations.delivery import nudges
from integrations.delivery.models import Delivery
from integrations.outgoing import triggers
from integrations.outgoing.models import EXACT, STARTS_WITH, OutgoingWebhook
from tests import make

# --- judge, without a database ------------------------------------------------------------------------


def _judge(message: str, *, channel: str = "here", **hook: Any) -> triggers.Verdict:
    fields = {"team_id": "team", "trigger_words": ["trig"], "trigger_when": EXACT}
    return triggers.judge(
        OutgoingWebhook(**(fields | hook)),
        Post(message=message),
        Channel(id=channel, team_id="team"),
    )


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("trig", "trig"),
        ("trig x", "trig"),
        ("   trig x", "trig"),
        ("\n\ntrig x", "trig"),
        ("trig\r\nsecond", "trig"),
        ("trig\tx", "trig"),
        ("trig\u3000x", "trig"),
        ("trig\u00a0x", "trig"),
        ("trig\u2028x", "trig"),
    ],
)
def test_first_word_fires_a_hook_that_wants_exactly_it(message: str, word: str) -> None:
    verdict = _judge(message)

    assert (verdict.fires, verdict.word) == (True, word)


@pytest.mark.parametrize(
    "message",
    ["trigger", "TRIG x", "trig: x", "trig\u200bx", "trig\x1cx", "x trig", "", "  \n "],
)
def test_anything_else_than_the_word_does_not_fire(message: str) -> None:
    assert not _judge(message).fires


@pytest.mark.parametrize(
    ("message", "words", "word"),
    [
        ("trigger", ["trig"], "trig"),
        ("trig: x", ["trig"], "trig"),
        ("trigger x", ["t", "trig", "trigger"], "t"),
        ("#build Let's see", ["#bu"], "#bu"),
    ],
)
def test_hook_that_wants_a_beginning_sends_the_first_word_of_its_list(
    message: str, words: list[str], word: str
) -> None:
    verdict = _judge(message, trigger_when=STARTS_WITH, trigger_words=words)

    assert (verdict.fires, verdict.word) == (True, word)


@pytest.mark.parametrize("message", ["x trigger", "TRIGger", "tri", ""])
def test_beginning_must_begin_the_first_word(message: str) -> None:
    assert not _judge(message, trigger_when=STARTS_WITH).fires


@pytest.mark.parametrize("trigger_when", [EXACT, STARTS_WITH])
def test_word_with_a_blank_never_fires(trigger_when: int) -> None:
    verdict = _judge("two words here", trigger_when=trigger_when, trigger_words=["two words"])

    assert not verdict.fires


@pytest.mark.parametrize("message", ["anything", "", "  "])
@pytest.mark.parametrize("trigger_when", [EXACT, STARTS_WITH])
def test_channel_without_words_fires_on_every_post(message: str, trigger_when: int) -> None:
    verdict = _judge(message, channel_id="here", trigger_words=[], trigger_when=trigger_when)

    assert (verdict.fires, verdict.word) == (True, "")


@pytest.mark.parametrize(
    ("message", "channel_id", "fires"),
    [
        ("trig x", "here", True),
        ("other x", "here", False),
        ("trig x", "elsewhere", False),
    ],
)
def test_channel_and_word_must_both_match(message: str, channel_id: str, fires: bool) -> None:
    assert _judge(message, channel_id=channel_id).fires is fires


@pytest.mark.parametrize("type", ["P", "D", "G"])
def test_only_public_channels_fire(type: str) -> None:
    hook = OutgoingWebhook(team_id="team", channel_id="here", trigger_words=[])
    verdict = triggers.judge(hook, Post(message="x"), Channel(id="here", team_id="team", type=type))

    assert not verdict.fires


def test_hook_of_another_team_does_not_fire() -> None:
    assert not _judge("trig", team_id="other").fires


@pytest.mark.parametrize(
    ("message", "hook", "reason"),
    [
        ("trig", {}, "The first word is the trigger word “trig”."),
        ("tri", {}, "The first word, “tri”, is none of the trigger words."),
        (
            "other",
            {"trigger_when": STARTS_WITH},
            "The first word, “other”, begins with none of the trigger words.",
        ),
        ("x" * 70, {}, f"The first word, “{'x' * 64}…”, is none of the trigger words."),
        ("", {}, "The post has no text, so no trigger word."),
        ("trig", {"channel_id": "elsewhere"}, "The webhook listens to another channel."),
        ("trig", {"team_id": "other"}, "The webhook belongs to another team."),
    ],
)
def test_reason_is_a_sentence_for_the_owner(
    message: str, hook: dict[str, Any], reason: str
) -> None:
    assert _judge(message, **hook).reason == reason


# --- deliveries_owed ----------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the deliveries that the workers were told of."""
    heard: list[str] = []
    monkeypatch.setattr(nudges, "nudge", heard.extend)
    return heard


def _hook(on: Channel, **more: Any) -> OutgoingWebhook:
    assert on.team is not None
    return make.outgoing_hook(on.team, make.user(), **more)


def _say(channel: Channel, message: str, *, origin: Origin = Origin.PERSON) -> Post:
    return posts.create(user=make.user(), channel=channel, message=message, origin=origin)


def _owed_for(post: Post) -> "QuerySet[Delivery]":
    return Delivery.objects.filter(cause_id=post.id)


@pytest.mark.django_db
def test_post_owes_a_delivery_to_every_address_of_every_hook_that_fires() -> None:
    channel = make.channel()
    urls = ["http://a.example/1", "http://a.example/2"]
    _hook(channel, callback_urls=urls)
    _hook(channel, trigger_words=["other"])

    post = _say(channel, "trigger now")

    owed = _owed_for(post)
    assert sorted(owed.values_list("url", flat=True)) == urls


@pytest.mark.django_db
def test_trigger_word_is_that_of_each_hook() -> None:
    channel = make.channel()
    _hook(channel)
    _hook(channel, trigger_words=["tri"], trigger_when=STARTS_WITH)
    _hook(channel, trigger_words=[], channel=channel)

    post = _say(channel, "trigger now")

    words = {delivery.payload["trigger_word"] for delivery in _owed_for(post)}
    assert words == {"trigger", "tri", ""}


@pytest.mark.django_db
def test_address_that_is_listed_twice_hears_once() -> None:
    channel = make.channel()
    _hook(channel, callback_urls=["http://a.example/"] * 2)

    assert _owed_for(_say(channel, "trigger")).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("origin", [Origin.WEBHOOK, Origin.SERVER])
def test_posts_of_webhooks_and_of_the_server_fire_nothing(origin: Origin) -> None:
    channel = make.channel()
    _hook(channel)

    assert not _owed_for(_say(channel, "trigger", origin=origin)).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("type", ["P", "D", "G"])
def test_posts_outside_public_channels_fire_nothing(type: str) -> None:
    channel = make.channel(type=type)
    _hook(channel, channel=channel, trigger_words=[])

    assert not _owed_for(_say(channel, "trigger")).exists()


def test_nothing_fires_while_outgoing_webhooks_are_switched_off(console: Any) -> None:
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    channel = make.channel()
    _hook(channel)

    assert not _owed_for(_say(channel, "trigger")).exists()


@pytest.mark.django_db
def test_deleted_hook_and_hook_of_an_archived_team_do_not_fire() -> None:
    channel, archived = make.channel(), make.channel(make.team(delete_at=1))
    _hook(channel, delete_at=1)
    _hook(archived)

    _say(channel, "trigger")
    _say(archived, "trigger")

    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_post_of_a_bot_fires() -> None:
    channel, bot = make.channel(), make.user(is_bot=True)
    _hook(channel)

    post = posts.create(user=bot, channel=channel, message="trigger", origin=Origin.PERSON)

    assert _owed_for(post).count() == 1


@pytest.mark.django_db
def test_workers_hear_after_the_commit(
    told: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    channel = make.channel()
    _hook(channel)

    with django_capture_on_commit_callbacks(execute=True):
        post = _say(channel, "trigger")
        assert told == []

    assert told == list(_owed_for(post).values_list("id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_post_and_its_deliveries_are_stored_together_or_not_at_all(
    told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = make.channel()
    _hook(channel)

    # A delivery that the database refuses.
    monkeypatch.setattr(triggers, "_owed", lambda *_: [Delivery(claim=-1, payload={})])
    with pytest.raises(DatabaseError):
        _say(channel, "trigger")

    assert (Post.objects.count(), Delivery.objects.count(), told) == (0, 0, [])


@pytest.mark.django_db
def test_hooks_of_a_team_are_read_once(django_assert_num_queries: Any) -> None:
    channel, author = make.channel(), make.user()
    _hook(channel, trigger_words=["other"])
    post = make.post(channel, author)
    list(triggers.deliveries_owed(post))

    with django_assert_num_queries(0):
        list(triggers.deliveries_owed(post))
