"""Whom posts mention, and what that costs a post."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership.models import Channel, ChannelMember
from channels_app.posts import posts
from channels_app.posts.models import Origin
from channels_app.unread import counters, reading
from channels_app.unread.models import Mention
from tests import at_once, make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def channel() -> Channel:
    """A channel with ann and bob."""
    ann, bob = make.user("ann"), make.user("bob")
    return make.channel(make.team(ann, bob), ann, bob)


def member(channel: Channel, username: str) -> ChannelMember:
    return channel.members.select_related("user").get(user__username=username)


def say(channel: Channel, message: str, *, by: str = "ann", **more: Any) -> None:
    posts.submit(actor=member(channel, by).user, channel=channel, message=message, **more)


def unread(channel: Channel, username: str) -> tuple[int, int]:
    """Unread mentions of a member, and those of them that begin a thread."""
    count = counters.unread(member(channel, username))
    return count.mentions, count.mention_threads


@pytest.mark.parametrize("word", ["@all", "@channel", "@here"])
def test_everybody_is_mentioned_by_one_row(channel: Channel, word: str) -> None:
    say(channel, f"{word} look, @bob too")
    assert Mention.objects.count() == 1
    assert unread(channel, "bob") == (1, 1)
    assert unread(channel, "ann") == (0, 0)


def test_each_named_account_is_mentioned_once_whatever_the_spelling(channel: Channel) -> None:
    say(channel, "@bob, @Bob and @bob. look; so does @nobody")
    assert unread(channel, "bob") == (1, 1)


@pytest.mark.parametrize(
    ("attachment", "count"),
    [
        ({"text": "@bob"}, 1),
        ({"pretext": "see @channel"}, 1),
        ({"fields": [{"title": "t", "value": "on call: @bob"}]}, 1),
        ({"fields": [{"title": "t", "value": ["@bob"]}]}, 1),
        ({"text": "@bob", "pretext": "@bob @all"}, 1),
        ({"text": "`@bob`"}, 0),
        ({"title": "@bob", "footer": "@all", "fallback": "@bob", "author_name": "@bob"}, 0),
        ({"fields": [{"title": "@bob", "value": None}]}, 0),
    ],
)
def test_mentions_in_an_attachment_count_where_they_are_shown(
    channel: Channel, attachment: dict[str, Any], count: int
) -> None:
    say(channel, "look", props={"attachments": [attachment]})
    assert unread(channel, "bob") == (count, count)


def test_mentions_in_text_and_attachment_are_one(channel: Channel) -> None:
    say(channel, "@bob", props={"attachments": [{"text": "@bob @all"}, "odd", {"text": 5}]})
    assert unread(channel, "bob") == (1, 1)


@pytest.mark.parametrize(
    "payload",
    [
        {"attachments": [{"text": "<!channel>"}]},
        {"attachments": [{"pretext": "<!here>"}]},
        {"attachments": [{"fields": [{"title": "t", "value": "<@{bob}>"}]}]},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "<@{bob}>"}}]},
        {"attachments": [{"blocks": [{"type": "markdown", "text": "@bob"}]}]},
        {
            "blocks": [
                {
                    "type": "rich_text",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [{"type": "broadcast", "range": "everyone"}],
                        }
                    ],
                }
            ]
        },
    ],
)
def test_mentions_of_slack_in_attachments_and_blocks_count(
    channel: Channel, payload: dict[str, Any], call_hook: Callable[..., Any]
) -> None:
    hook = make.incoming_hook(channel, member(channel, "ann").user)
    text = json.dumps(payload).replace("{bob}", member(channel, "bob").user_id)
    assert call_hook(hook, **json.loads(text)).status_code == 200
    assert unread(channel, "bob") == (1, 1)


def test_a_reply_is_no_mention_that_begins_a_thread(channel: Channel) -> None:
    root = posts.submit(actor=member(channel, "ann").user, channel=channel, message="root")
    say(channel, "@bob", root_id=root.id)
    assert unread(channel, "bob") == (1, 0)


def test_a_webhook_mentions_its_owner_too(channel: Channel) -> None:
    ann = member(channel, "ann").user
    for message in ("@ann", "@all"):
        posts.create(
            user=ann,
            channel=channel,
            message=message,
            props={"from_webhook": "true"},
            origin=Origin.WEBHOOK,
        )
    assert unread(channel, "ann") == (2, 2)


def test_whoever_may_not_address_the_channel_mentions_only_those_named(channel: Channel) -> None:
    stranger = make.user()
    posts.create(user=stranger, channel=channel, message="@all @bob", origin=Origin.WEBHOOK)
    assert unread(channel, "bob") == (1, 1)
    assert unread(channel, "ann") == (0, 0)


def test_seen_mentions_are_not_unread(channel: Channel) -> None:
    say(channel, "@bob")
    say(channel, "@all")
    assert unread(channel, "bob") == (2, 2)
    reading.mark_viewed(user=member(channel, "bob").user, channel_id=channel.id)
    assert unread(channel, "bob") == (0, 0)


def test_whoever_comes_later_was_not_mentioned_before(channel: Channel) -> None:
    say(channel, "@all @eve")
    eve = make.user("eve")
    ChannelMember.objects.create(
        channel=channel, user=eve, create_at=posts.latest(channel)[0].create_at + 1
    )
    assert unread(channel, "eve") == (0, 0)


def test_no_post_writes_a_row_for_each_member(channel: Channel) -> None:
    def statements() -> int:
        say(channel, "@all look")
        with CaptureQueriesContext(connection) as queries:
            say(channel, "@all look")
        return len(queries)

    with_two = statements()
    ChannelMember.objects.bulk_create(
        ChannelMember(channel=channel, user=user) for user in _people(50)
    )
    assert statements() == with_two


@pytest.mark.django_db(transaction=True)
def test_parallel_callers_that_mention_everybody_do_not_stand_in_each_others_way(
    call_hook: Callable[..., Any],
) -> None:
    ann, *others = _people(200)
    channel = make.channel(make.team(ann), ann)
    ChannelMember.objects.bulk_create(ChannelMember(channel=channel, user=one) for one in others)
    hook = make.incoming_hook(channel, ann)

    def call(number: int) -> set[int]:
        return {call_hook(hook, text=f"@all {number}").status_code for _ in range(10)}

    assert at_once.do(call, threads=8) == [{200}] * 8
    bystander = channel.members.get(user=others[0])
    assert counters.unread(bystander).mentions == 80


@pytest.mark.django_db(transaction=True)
def test_people_of_one_channel_who_mention_each_other_at_once_all_succeed() -> None:
    people = _people(4)
    channel = channels.create(
        actor=people[0], team=make.team(*people), name="crowd", display_name="", type="O"
    )
    for person in people[1:]:
        channels.add_member(actor=person, channel=channel, user=person)
    everybody = " ".join(f"@{person.username}" for person in people)

    def write(number: int) -> None:
        for _ in range(5):
            posts.submit(actor=people[number], channel=channel, message=everybody)

    at_once.do(write, threads=4)
    assert Mention.objects.filter(channel=channel).count() == 4 * 5 * 3


def _people(number: int) -> list[User]:
    return User.objects.bulk_create(
        User(
            username=f"p{one}x{User.objects.count()}",
            email=f"p{one}x{User.objects.count()}@e.example",
        )
        for one in range(number)
    )
