"""Why a post fired a hook or did not, for those who may know it."""

from typing import Any

import pytest

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.posts import posts
from channels_app.posts.models import Origin, Post
from integrations.delivery.models import DELIVERED, FAILED, Delivery
from integrations.outgoing import explanation, hooks, rules
from integrations.outgoing.explanation import Explanation
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import now_ms
from tests import make

pytestmark = pytest.mark.django_db

RULES = [rule.name for rule in rules.RULES]
URLS = ["http://a.example/1", "http://a.example/2"]


@pytest.fixture
def ann() -> User:
    """Who runs the team."""
    return make.user("ann")


@pytest.fixture
def team(ann: User) -> Team:
    """Her team."""
    team = make.team(ann)
    team.members.update(is_admin=True)
    return team


@pytest.fixture
def channel(team: Team) -> Channel:
    """A public channel."""
    return make.channel(team, name="alerts")


@pytest.fixture
def hook(team: Team, ann: User) -> OutgoingWebhook:
    """Her hook, which fires on "trigger"."""
    return make.outgoing_hook(team, ann, callback_urls=URLS[:1])


def say(channel: Channel, message: str, **more: Any) -> Post:
    """A post, made as all posts are made."""
    fields: dict[str, Any] = {"origin": Origin.PERSON, "user": make.user()}
    return posts.create(channel=channel, message=message, **(fields | more))


def explain(hook: OutgoingWebhook, post: Post) -> Explanation:
    """What its owner is told, by the rows as they are now."""
    return explanation.explain(actor=hook.creator, hook=hooks.find(hook.id), post_id=post.id)


def answers(found: Explanation) -> dict[str, bool | None]:
    """Name of each rule → what it answered, None if it was not asked any more."""
    return {rule.name: answer.holds if answer else None for rule, answer in found.steps}


def test_every_rule_is_told_in_order_up_to_the_first_no_and_those_not_asked_any_more(
    hook: OutgoingWebhook, channel: Channel
) -> None:
    found = explain(hook, say(channel, "other words"))

    assert list(answers(found).items()) == [
        *((name, True) for name in RULES[:7]),
        ("trigger_word", False),
        ("callback_urls", None),
    ]
    assert (found.fired, found.verdict.fires, found.deliveries) == (False, False, [])
    assert found.summary == (
        "It did not fire. The first word, “other”, is none of the trigger words: “trigger”."
    )
    assert found.caveat == ""


@pytest.mark.parametrize(
    ("says_no", "reason"),
    [
        ("switched_on", "Outgoing webhooks are switched off in the System Console."),
        ("author", "An incoming webhook brought it, or it is the answer to an outgoing one."),
        ("public_channel", "It stands in a private channel. Only posts in public channels fire webhooks."),
        ("team", "The webhook belongs to another team."),
        ("channel", "The webhook listens to another channel."),
        ("trigger_word", "The post has no text, so no trigger word."),
    ],
)  # fmt: skip
def test_each_rule_that_keeps_a_hook_silent_is_named(
    hook: OutgoingWebhook, channel: Channel, ann: User, console: Any, says_no: str, reason: str
) -> None:
    place, message = channel, "trigger"
    more: dict[str, Any] = {}
    if says_no == "switched_on":
        console(ServiceSettings__EnableOutgoingWebhooks=False)
    elif says_no == "author":
        more = {"origin": Origin.WEBHOOK}
    elif says_no == "public_channel":
        place = make.channel(hook.team, ann, type="P")
    elif says_no == "team":
        place = make.channel(make.team(ann), ann)
    elif says_no == "channel":
        OutgoingWebhook.objects.update(channel=make.channel(hook.team))
    else:
        message = ""
    post = say(place, message, **more)
    found = explain(hook, post)

    assert not Delivery.objects.exists()
    assert [name for name, holds in answers(found).items() if holds is False] == [says_no]
    assert found.summary == f"It did not fire. {reason}"


def test_a_deleted_hook_is_explained_to_who_runs_the_server(
    hook: OutgoingWebhook, channel: Channel
) -> None:
    hook.delete_at = 1
    found = explanation.of(hook=hook, post=say(channel, "other"))

    assert found.summary == "It did not fire. The webhook is deleted."


# --- What became of it --------------------------------------------------------------------------------


def test_its_deliveries_are_told_and_no_others(hook: OutgoingWebhook, channel: Channel) -> None:
    OutgoingWebhook.objects.update(callback_urls=URLS)
    make.outgoing_hook(hook.team, hook.creator)
    say(channel, "trigger before")
    post = say(channel, "trigger")
    say(channel, "trigger after")
    found = explain(hook, post)

    assert found.fired
    assert set(answers(found).values()) == {True}
    assert [one.id for one in found.deliveries] == list(
        Delivery.objects.filter(owner_id=hook.id, cause_id=post.id)
        .order_by("id")
        .values_list("id", flat=True)
    )
    assert [one.url for one in found.deliveries] == URLS


@pytest.mark.parametrize(
    ("states", "summary"),
    [
        ([{}], "It fired and is still to be delivered."),
        ([{"note": "It was away."}], "It fired and is still to be delivered. It was away."),
        ([{"status": DELIVERED}], "It fired and was delivered."),
        ([{"status": DELIVERED, "note": "Not posted: x"}], "It fired and was delivered. Not posted: x"),
        ([{"status": FAILED, "note": "Given up: x"}], "It fired, but was not delivered. Given up: x"),
        ([{"status": DELIVERED}, {}], "It fired and is still to be delivered to 1 of 2 callback URLs."),
        ([{"status": FAILED}, {}], "It fired, but was not delivered to 1 of 2 callback URLs."),
        ([{"status": DELIVERED}] * 2, "It fired and was delivered to 2 of 2 callback URLs."),
    ],
)  # fmt: skip
def test_a_sentence_says_what_became_of_it(
    hook: OutgoingWebhook, channel: Channel, states: list[dict[str, str]], summary: str
) -> None:
    OutgoingWebhook.objects.update(callback_urls=URLS[: len(states)])
    post = say(channel, "trigger")
    for one, state in zip(Delivery.objects.order_by("id"), states, strict=True):
        Delivery.objects.filter(id=one.id).update(**state)

    assert explain(hook, post).summary == summary


# --- What differs from then ---------------------------------------------------------------------------


def test_a_hook_that_was_made_after_the_post_is_told(channel: Channel, ann: User) -> None:
    post = make.post(channel, ann, "trigger", create_at=now_ms() - 1000)
    found = explain(make.outgoing_hook(make.team_of(channel), ann), post)

    assert (found.fired, found.verdict.fires) == (False, True)
    assert found.summary == "It did not fire: the webhook was made after the post."


def test_a_hook_that_was_changed_after_the_post_is_told(
    hook: OutgoingWebhook, channel: Channel
) -> None:
    post, fired = say(channel, "deploy"), say(channel, "trigger")
    OutgoingWebhook.objects.update(trigger_words=["deploy"], update_at=now_ms() + 1)
    caveat = "The webhook was changed after the post; the rules are asked of it as it is now."
    found = explain(hook, post)
    assert (found.fired, found.caveat) == (False, caveat)
    assert found.summary == (
        "It did not fire then, but would now: the webhook was changed after the post."
    )
    found = explain(hook, fired)
    assert (found.fired, found.caveat) == (True, caveat)
    assert found.summary == (
        "It fired and is still to be delivered. It would not fire now: The first word, “trigger”, is none of "
        "the trigger words: “deploy”."
    )


def test_a_setting_that_was_different_is_suspected(
    hook: OutgoingWebhook, channel: Channel, console: Any
) -> None:
    console(ServiceSettings__EnableOutgoingWebhooks=False)
    post = say(channel, "trigger")
    console(ServiceSettings__EnableOutgoingWebhooks=True)

    assert "something else was different when the post was made" in explain(hook, post).summary


@pytest.mark.parametrize("message", ["trigger", "other"])
def test_what_is_not_known_any_more_is_not_told_for_sure(
    hook: OutgoingWebhook, channel: Channel, ann: User, console: Any, message: str
) -> None:
    console(DataRetentionSettings__DeliveryRetentionDays=30)
    long_ago = now_ms() - 31 * explanation.DAY_MS
    OutgoingWebhook.objects.update(create_at=long_ago - 1, update_at=long_ago - 1)
    found = explain(hook, make.post(channel, ann, message, create_at=long_ago))

    assert found.fired is None
    assert found.summary.startswith("Whether it fired is known for 30 days only. ")
    assert found.summary.endswith(
        "It would fire now."
        if message == "trigger"
        else "The first word, “other”, is none of the trigger words: “trigger”."
    )


# --- Who may know -------------------------------------------------------------------------------------


def refusal(actor: User, hook: OutgoingWebhook, post_id: str) -> tuple[int, str, str, str]:
    """All that the refusal tells."""
    with pytest.raises(AppError) as caught:
        explanation.explain(actor=actor, hook=hook, post_id=post_id)
    error = caught.value
    return error.status, error.id, error.message, error.detail


def test_it_is_for_those_who_may_manage_the_hook(
    hook: OutgoingWebhook, channel: Channel, team: Team
) -> None:
    mate = make.user()
    team.members.create(user=mate)
    post = say(channel, "trigger")

    for post_id in (post.id, "x" * 26, "nonsense"):
        assert refusal(mate, hook, post_id)[0] == 403


def test_a_post_that_the_owner_may_not_read_is_as_one_that_is_not_there(
    hook: OutgoingWebhook, channel: Channel, ann: User
) -> None:
    hidden = say(make.channel(hook.team, type="P"), "trigger")
    elsewhere = say(make.channel(), "trigger")
    deleted = make.post(channel, ann, delete_at=1)
    told = {refusal(ann, hook, one.id) for one in (hidden, elsewhere, deleted)}

    assert told == {refusal(ann, hook, "x" * 26)}
    assert told.pop()[:2] == (404, "app.post.get.app_error")


@pytest.mark.parametrize("post_id", ["", "nonsense", "x" * 25, "x" * 27, "x" * 25 + "!"])
def test_what_is_no_id_of_a_post_is_refused_by_its_name(
    hook: OutgoingWebhook, ann: User, post_id: str
) -> None:
    status, error_id, _, detail = refusal(ann, hook, post_id)

    assert (status, error_id) == (400, "api.context.invalid_param.app_error")
    assert detail == "post_id must be the id of a post"
