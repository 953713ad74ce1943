"""Posts: what is accepted, what is refused, and what comes with a birth."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from channels_app.membership.models import Channel, ChannelMember
from channels_app.posts import posts
from channels_app.posts.models import Origin, Post
from channels_app.unread import counters
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def channel() -> Channel:
    """A channel with ann and bob."""
    ann, bob = make.user("ann"), make.user("bob")
    return make.channel(make.team(ann, bob), ann, bob)


def submit(channel: Channel, message: str = "hello", **more: Any) -> Post:
    author = channel.members.get(user__username="ann").user
    return posts.submit(actor=author, channel=channel, message=message, **more)


def test_a_post_stands_in_the_channel_with_its_hashtags(channel: Channel) -> None:
    post = submit(channel, "see #bug and #fix")
    assert posts.latest(channel) == [post]
    assert post.hashtags == "#bug #fix"


def test_whoever_writes_has_seen_the_channel_and_webhooks_have_not(channel: Channel) -> None:
    bob = channel.members.get(user__username="bob")
    written = posts.submit(actor=bob.user, channel=channel, message="hello")
    posts.create(user=bob.user, channel=channel, message="beep", origin=Origin.WEBHOOK)
    assert counters.seen_up_to(bob) == written.create_at


def test_strangers_and_team_mates_outside_the_channel_cannot_post(channel: Channel) -> None:
    for actor in (make.user(), make.team_admin(make.team_of(channel))):
        with pytest.raises(AppError) as refusal:
            posts.submit(actor=actor, channel=channel, message="hi")
        assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("fields", "error_id"),
    [
        ({"message": "x" * 16384}, "model.post.is_valid.msg.app_error"),
        ({"type": "system_join_team"}, "api.context.invalid_param.app_error"),
        ({"type": "custom_" + "x" * 20}, "api.context.invalid_param.app_error"),
        ({"root_id": "a" * 26}, "api.post.create_post.root_id.app_error"),
        ({"props": {"k": "x" * 8000}}, "model.post.is_valid.props.app_error"),
        ({"pending_post_id": "p" * 129}, "api.context.invalid_body_param.app_error"),
    ],
)
def test_what_breaks_the_limits_is_refused(
    channel: Channel, fields: dict[str, Any], error_id: str
) -> None:
    with pytest.raises(AppError) as refusal:
        submit(channel, **fields)
    assert (refusal.value.id, refusal.value.status) == (error_id, 400)
    assert not Post.objects.exists()


def test_an_archived_channel_takes_no_posts(channel: Channel) -> None:
    channel.delete_at = 1
    with pytest.raises(AppError) as refusal:
        submit(channel)
    assert refusal.value.id == "api.post.create_post.can_not_post_to_deleted.error"


def test_a_reply_belongs_to_a_thread_of_the_same_channel(channel: Channel) -> None:
    root = submit(channel)
    reply = submit(channel, root_id=root.id)
    assert reply.root_id == root.id
    elsewhere = make.post(make.channel(channel.team), root.user)
    for wrong, error_id in (
        (reply.id, "api.post.create_post.root_id.app_error"),
        (elsewhere.id, "api.post.create_post.channel_root_id.app_error"),
    ):
        with pytest.raises(AppError) as refusal:
            submit(channel, root_id=wrong)
        assert refusal.value.id == error_id


def test_the_same_pending_id_answers_the_first_post(channel: Channel) -> None:
    first = submit(channel, pending_post_id="abc:1")
    assert submit(channel, "again", pending_post_id="abc:1") == first
    assert Post.objects.count() == 1


def test_people_cannot_give_props_that_only_the_server_may_set(channel: Channel) -> None:
    post = submit(channel, props={"from_webhook": "true", "card": "more"})
    assert post.props == {"card": "more"}


def test_posts_of_bots_say_so(channel: Channel) -> None:
    robot = make.user(is_bot=True)
    ChannelMember.objects.create(channel=channel, user=robot)
    post = posts.submit(actor=robot, channel=channel, message="beep")
    assert post.props == {"from_bot": "true"}


def test_a_mention_counts_for_the_mentioned_and_not_for_the_author(channel: Channel) -> None:
    submit(channel, "@bob and @ann, look")
    counts = {one.user.username: counters.unread(one).mentions for one in channel.members.all()}
    assert counts == {"ann": 0, "bob": 1}


def test_listing_by_page_before_after_and_since(channel: Channel) -> None:
    made = [submit(channel, str(number)) for number in range(5)]
    newest_first = made[::-1]
    assert posts.latest(channel, offset=1, limit=2) == newest_first[1:3]
    assert posts.before(channel, made[2].id) == [made[1], made[0]]
    assert posts.after(channel, made[2].id, limit=1) == [made[3]]
    assert posts.after(channel, "a" * 26) == []
    assert posts.changed_since(channel, made[0].create_at - 1) == newest_first


def test_deleting_a_thread_takes_its_replies_and_shows_in_what_changed(channel: Channel) -> None:
    root = submit(channel)
    submit(channel, root_id=root.id)
    posts.delete(actor=root.user, post_id=root.id)
    assert posts.latest(channel) == []
    assert len(posts.changed_since(channel, root.create_at - 1)) == 2


def test_only_the_author_and_those_who_run_the_team_delete_a_post(channel: Channel) -> None:
    post = submit(channel)
    with pytest.raises(AppError) as refusal:
        posts.delete(actor=channel.members.get(user__username="bob").user, post_id=post.id)
    assert refusal.value.status == 403
    posts.delete(actor=make.team_admin(make.team_of(channel)), post_id=post.id)
    assert posts.latest(channel) == []


def test_hashtags_follow_the_console(channel: Channel, console: Callable[..., None]) -> None:
    console(ServiceSettings__MinimumHashtagLength=6)
    assert submit(channel, "#bug #longer").hashtags == "#longer"


def test_a_broken_reference_is_not_taken_for_a_repeated_post(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    posts.submit(actor=ann, channel=channel, message="first, without a pending id")

    def fail(**_: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(posts, "create", fail)
    with pytest.raises(IntegrityError):
        posts.submit(actor=ann, channel=channel, message="second")


def test_a_reply_that_comes_too_late_does_not_outlive_its_thread() -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    root = posts.submit(actor=ann, channel=channel, message="root")
    posts.delete(actor=ann, post_id=root.id)
    with pytest.raises(AppError) as refusal:
        posts.create(user=ann, channel=channel, message="late", root=root, origin=Origin.PERSON)
    assert refusal.value.id == "api.post.create_post.root_id.app_error"
    assert not Post.objects.filter(root=root).exists()
