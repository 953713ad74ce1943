"""The part of a channel that a page shows."""

import pytest

from accounts.people.models import User
from channels_app.membership.models import Channel
from channels_app.posts.models import Post
from channels_app.show import windows
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db

HALF = windows.SIZE // 2


@pytest.fixture
def ann() -> User:
    """Who wrote it all."""
    return make.user("ann")


@pytest.fixture
def channel(ann: User) -> Channel:
    """A channel with two and a half pages of posts."""
    made = make.channel(None, ann)
    for number in range(windows.SIZE * 5 // 2):
        make.post(made, ann, str(number), create_at=1_000 + number)
    return made


def numbered(channel: Channel, number: int) -> Post:
    """The post with this number."""
    return Post.objects.get(channel=channel, message=str(number))


def numbers(window: windows.Window) -> list[int]:
    """What is in the window, oldest first."""
    return [int(post.message) for post in reversed(window.posts)]


def test_the_end_has_older_posts_and_no_newer_ones(channel: Channel) -> None:
    window = windows.latest(channel)
    assert numbers(window) == list(range(90, 150))
    assert (window.has_older, window.has_newer) == (True, False)


def test_before_and_after_lead_through_all_posts_without_gaps(channel: Channel) -> None:
    older = windows.before(channel, numbered(channel, 90).id)
    assert numbers(older) == list(range(30, 90))
    assert (older.has_older, older.has_newer) == (True, True)
    oldest = windows.before(channel, older.posts[-1].id)
    assert numbers(oldest) == list(range(30))
    assert (oldest.has_older, oldest.has_newer) == (False, True)
    newer = windows.after(channel, oldest.posts[0].id)
    assert numbers(newer) == list(range(30, 90))
    assert (newer.has_older, newer.has_newer) == (True, True)
    newest = windows.after(channel, newer.posts[0].id)
    assert numbers(newest) == list(range(90, 150))
    assert (newest.has_older, newest.has_newer) == (True, False)


def test_a_post_stands_in_the_middle_of_its_window(channel: Channel) -> None:
    window = windows.around(channel, numbered(channel, 60).id)
    assert numbers(window) == list(range(60 - HALF, 60 + HALF + 1))
    assert (window.has_older, window.has_newer) == (True, True)


def test_the_first_post_has_nothing_before_it(channel: Channel) -> None:
    window = windows.around(channel, numbered(channel, 0).id)
    assert numbers(window) == list(range(HALF + 1))
    assert (window.has_older, window.has_newer) == (False, True)


def test_a_recent_post_is_shown_where_new_ones_come_in(channel: Channel) -> None:
    window = windows.around(channel, numbered(channel, 100).id)
    assert window == windows.latest(channel)


def test_posts_of_one_moment_are_each_in_one_window_only(ann: User) -> None:
    channel = make.channel(None, ann)
    made = [make.post(channel, ann, str(number), create_at=7) for number in range(windows.SIZE + 5)]
    end = windows.latest(channel)
    rest = windows.before(channel, end.posts[-1].id)
    assert {*end.posts, *rest.posts} == {*made}
    assert len(end.posts) + len(rest.posts) == len(made)


def test_one_goes_on_from_a_post_that_was_deleted_meanwhile(channel: Channel) -> None:
    Post.objects.filter(id=numbered(channel, 90).id).update(delete_at=1)
    assert numbers(windows.before(channel, numbered(channel, 90).id))[-1] == 89
    assert numbers(windows.after(channel, numbered(channel, 90).id))[0] == 91


@pytest.mark.parametrize("name", ["before", "after", "around"])
@pytest.mark.parametrize("post_id", ["x" * 26, "", "x", "elsewhere"])
def test_what_never_was_in_the_channel_is_not_found(
    channel: Channel, ann: User, name: str, post_id: str
) -> None:
    elsewhere = make.post(make.channel(None, ann), ann)
    with pytest.raises(AppError) as caught:
        getattr(windows, name)(channel, elsewhere.id if post_id == "elsewhere" else post_id)
    assert caught.value.status == 404


def test_a_deleted_post_is_not_found_and_not_shown_around_another(channel: Channel) -> None:
    deleted = numbered(channel, 60)
    Post.objects.filter(id=deleted.id).update(delete_at=1)
    with pytest.raises(AppError):
        windows.around(channel, deleted.id)
    assert 60 not in numbers(windows.around(channel, numbered(channel, 61).id))


def test_a_post_is_found_by_who_may_read_its_channel_only(channel: Channel, ann: User) -> None:
    post = numbered(channel, 1)
    assert windows.find(actor=ann, post_id=post.id) == post
    refusals = []
    for actor, post_id in ((make.user(), post.id), (ann, "x" * 26)):
        with pytest.raises(AppError) as caught:
            windows.find(actor=actor, post_id=post_id)
        refusals.append((caught.value.status, caught.value.message, caught.value.detail))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 404
    Channel.objects.filter(id=channel.id).update(delete_at=1)
    with pytest.raises(AppError):
        windows.find(actor=ann, post_id=post.id)
