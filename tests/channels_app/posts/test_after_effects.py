"""What a new post brings about."""

from collections.abc import Iterator
from typing import Any

import pytest

from channels_app.membership.models import Channel
from channels_app.posts import after_effects, posts
from channels_app.posts.after_effects import Rows
from channels_app.posts.models import Origin, Post
from channels_app.unread.models import Mention
from tests import make

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def channel() -> Channel:
    ann = make.user("ann")
    return make.channel(make.team(ann), ann)


@pytest.fixture
def effects(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Post, Rows]]:
    """What a further app heard after the commit; it owes a mention for every post."""
    heard: list[tuple[Post, Rows]] = []

    def owed(post: Post) -> Iterator[Mention]:
        yield Mention(post=post, channel=post.channel, create_at=post.create_at, is_root=True)

    def hear(post: Post, rows: Rows) -> None:
        assert Post.objects.filter(id=post.id).exists()
        heard.append((post, rows))

    known = after_effects._Effects(
        [*after_effects._effects.in_transaction], [*after_effects._effects.after_commit]
    )
    monkeypatch.setattr(after_effects, "_effects", known)
    after_effects.add(in_transaction=owed, after_commit=hear)
    return heard


def write(channel: Channel, **more: Any) -> Post:
    author = channel.members.get().user
    return posts.create(user=author, channel=channel, message="hello", origin=Origin.PERSON, **more)


def test_what_an_app_owes_is_stored_with_the_post_and_told_after_the_commit(
    channel: Channel, effects: list[tuple[Post, Rows]]
) -> None:
    post = write(channel)
    (mention,) = Mention.objects.all()
    assert mention.post == post
    ((told, rows),) = effects
    assert told == post
    assert [type(row) for row in rows] == [Mention]


def test_an_effect_that_cannot_tell_what_it_owes_prevents_the_post(
    channel: Channel, effects: list[tuple[Post, Rows]]
) -> None:
    def fail(post: Post) -> Iterator[Mention]:
        raise RuntimeError

    after_effects.add(in_transaction=fail, after_commit=lambda post, rows: None)
    with pytest.raises(RuntimeError):
        write(channel)
    assert not Post.objects.exists()
    assert effects == []


def test_an_effect_that_fails_after_the_commit_harms_neither_the_post_nor_the_others(
    channel: Channel, effects: list[tuple[Post, Rows]], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(post: Post, rows: Rows) -> None:
        raise RuntimeError("no luck")

    after_effects._effects.after_commit.insert(0, fail)
    assert write(channel) == Post.objects.get()
    assert len(effects) == 1
    assert "no luck" in caplog.text


def test_a_reply_that_is_refused_brings_nothing_about(
    channel: Channel, effects: list[tuple[Post, Rows]]
) -> None:
    root = make.post(channel, channel.members.get().user)
    Post.objects.filter(id=root.id).update(delete_at=1)
    with pytest.raises(Exception, match="RootId"):
        write(channel, root=root)
    assert not Mention.objects.exists()
    assert effects == []
