"""The rules that decide whether a post fires a hook."""

from typing import Any

import pytest

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.posts.models import Origin, Post
from integrations.outgoing import rules
from integrations.outgoing.models import EXACT, STARTS_WITH, OutgoingWebhook
from mattermost_hooks import process_cache
from mattermost_hooks.console.sections import Config, Service
from tests import make

ASKED = ["switched_on", "author", "public_channel", "team", "live", "creator", "channel"]
ASKED += ["trigger_word", "callback_urls"]


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Service:
    """What the console says; no rule needs a database."""
    said = Service()
    monkeypatch.setattr(rules, "get_config", lambda: Config(ServiceSettings=said))
    return said


def _post(message: str, *, channel: Channel | None = None, **more: Any) -> Post:
    here = channel or Channel(id="here", name="here", team=Team(id="team"))
    return Post(message=message, channel=here, user=User(username="ann"), **more)


def _hook(**more: Any) -> OutgoingWebhook:
    fields = {"team_id": "team", "trigger_words": ["trig"], "callback_urls": ["http://a.example"]}
    return OutgoingWebhook(**(fields | more))


def _judge(message: str, **hook: Any) -> rules.Verdict:
    return rules.judge(_hook(**hook), _post(message))


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
    assert _judge(message).fires
    assert rules.trigger_word(_hook(), message) == word


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
    hook = _hook(trigger_when=STARTS_WITH, trigger_words=words)

    assert rules.judge(hook, _post(message)).fires
    assert rules.trigger_word(hook, message) == word


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
    hook = _hook(channel_id="here", trigger_words=[], trigger_when=trigger_when)

    assert rules.judge(hook, _post(message)).fires
    assert rules.trigger_word(hook, message) == ""


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
    hook = _hook(channel_id="here", trigger_words=[])
    post = _post("x", channel=Channel(id="here", team=Team(id="team"), type=type))

    assert not rules.judge(hook, post).fires
    assert not rules.may_fire(post)


@pytest.mark.parametrize("origin", [Origin.WEBHOOK, Origin.SERVER])
def test_only_posts_of_people_and_bots_fire(origin: Origin) -> None:
    post = _post("trig", origin=origin)

    assert not rules.judge(_hook(), post).fires
    assert not rules.may_fire(post)


def test_nothing_fires_while_outgoing_webhooks_are_switched_off(settings: Service) -> None:
    assert rules.may_fire(_post("trig"))

    object.__setattr__(settings, "EnableOutgoingWebhooks", False)

    assert not rules.may_fire(_post("trig"))
    assert not _judge("trig").fires


def test_hook_of_another_team_does_not_fire() -> None:
    assert not _judge("trig", team_id="other").fires


def test_archived_teams_and_deleted_hooks_do_not_fire() -> None:
    archived = Channel(id="here", team=Team(id="team", delete_at=1))

    assert not _judge("trig", delete_at=1).fires
    assert not rules.judge(_hook(), _post("trig", channel=archived)).fires


def test_hook_without_a_callback_url_does_not_fire() -> None:
    assert not _judge("trig", callback_urls=[]).fires


@pytest.mark.parametrize(
    ("message", "hook", "reason"),
    [
        ("tri", {}, "The first word, “tri”, is none of the trigger words: “trig”."),
        (
            "other",
            {"trigger_when": STARTS_WITH, "trigger_words": list("abcdefg")},
            "The first word, “other”, begins with none of the trigger words: “a”, “b”, “c”, “d”, “e” "
            "and others.",
        ),
        ("x" * 70, {}, f"The first word, “{'x' * 64}…”, is none of the trigger words: “trig”."),
        ("", {}, "The post has no text, so no trigger word."),
        ("trig", {"channel_id": "elsewhere"}, "The webhook listens to another channel."),
        ("trig", {"team_id": "other"}, "The webhook belongs to another team."),
        ("trig", {"delete_at": 1}, "The webhook is deleted."),
        ("trig", {"callback_urls": []}, "The webhook has no callback URL."),
    ],
)
def test_reason_is_a_sentence_for_the_owner(
    message: str, hook: dict[str, Any], reason: str
) -> None:
    assert _judge(message, **hook).reason == reason


def test_a_post_that_fires_is_told_what_each_rule_saw() -> None:
    seen = [answer.saw for answer in _judge("trig", channel_id="here").answers]

    assert [rule.name for rule in rules.RULES] == ASKED
    assert seen == [
        "Outgoing webhooks are switched on.",
        "ann, a person, wrote it.",
        "here is a public channel.",
        "The channel and the webhook are of the same team.",
        "The webhook and its team are there.",
        "Webhooks go on without their creators.",
        "The webhook listens to here.",
        "The first word is the trigger word “trig”.",
        "1 callback URL hears of it.",
    ]


@pytest.mark.parametrize(
    ("origin", "is_bot", "saw"),
    [
        (Origin.PERSON, True, "ann, a bot, wrote it."),
        (Origin.WEBHOOK, False, "An incoming webhook brought it, or it is the answer to an outgoing one."),
        (Origin.SERVER, False, "The server wrote it: a message of the system fires nothing."),
    ],
)  # fmt: skip
def test_it_is_told_who_wrote_the_post(origin: Origin, is_bot: bool, saw: str) -> None:
    post = _post("trig", origin=origin)
    post.user.is_bot = is_bot

    assert rules.judge(_hook(), post).answers[1].saw == saw


def test_nothing_more_is_asked_after_the_first_no() -> None:
    verdict = _judge("other", channel_id="elsewhere", callback_urls=[])

    assert [answer.holds for answer in verdict.answers] == [True] * 6 + [False]


@pytest.mark.django_db
def test_a_hook_without_its_creator_rests_only_where_the_console_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = make.user()
    team = make.team(ann)
    hook, post = (
        make.outgoing_hook(team, ann),
        make.post(make.channel(team), make.user(), "trigger"),
    )
    strict = Config(ServiceSettings=Service(OutgoingWebhooksOutliveMembership=False))

    assert rules.judge(hook, post).fires
    monkeypatch.setattr(rules, "get_config", lambda: strict)
    assert rules.judge(hook, post).fires
    team.members.update(delete_at=1)
    process_cache.forget_now(process_cache.EVERYTHING)
    assert "Its creator is no longer in the team" in rules.judge(hook, post).reason
    monkeypatch.setattr(rules, "get_config", Config)
    assert rules.judge(hook, post).fires
