"""Counts of posts and mentions, and what it costs to read them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.membership.models import Channel, ChannelMember
from channels_app.posts import posts
from channels_app.posts.models import Post
from channels_app.unread import counters, reading
from channels_app.unread.models import Checkpoint, Mention
from mattermost_hooks.records import now_ms
from tests import make, plans

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

AN_HOUR_MS = 60 * 60 * 1000


@pytest.fixture
def member() -> ChannelMember:
    """Somebody in a channel."""
    ann = make.user()
    return make.channel(make.team(ann), ann).members.get()


@pytest.fixture
def _short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "STEP", 10)


def fill(channel: Channel, number: int, *, type: str = "", every: int = 1) -> list[Post]:
    """So many posts, a second apart, the last of them an hour ago; every third is a reply, every fourth
    mentions everybody."""
    author = make.user()
    began = now_ms() - AN_HOUR_MS - 1000 * every * number
    made = [
        Post(channel=channel, user=author, type=type, create_at=began + 1000 * every * count)
        for count in range(number)
    ]
    for post in made[2::3]:
        post.root = made[0]
    Post.objects.bulk_create(made)
    Mention.objects.bulk_create(
        Mention(post=post, channel=channel, create_at=post.create_at, is_root=post.root_id is None)
        for post in made[::4]
    )
    return made


def by_hand(made: list[Post], *, after: int = 0) -> tuple[int, int, int, int]:
    posts_, mentioning = (
        [post for post in some if post.create_at > after] for some in (made, made[::4])
    )
    return (
        len(posts_),
        sum(post.root_id is None for post in posts_),
        len(mentioning),
        sum(post.root_id is None for post in mentioning),
    )


def numbers(count: counters.Count) -> tuple[int, int, int, int]:
    return count.posts, count.threads, count.mentions, count.mention_threads


@pytest.mark.usefixtures("_short_steps")
def test_counts_are_the_same_with_checkpoints_and_without(member: ChannelMember) -> None:
    made = fill(member.channel, 95)
    for look in range(3):
        assert numbers(counters.of_channel(member.channel_id)) == by_hand(made)
        for seen in (0, 4, 5, 31, 60, 94):
            member.last_viewed_at = member.create_at = made[seen].create_at
            assert numbers(counters.unread(member)) == by_hand(made, after=member.last_viewed_at)
            seen_count = counters.of_member(member)
            assert seen_count.posts == seen + 1
        assert Checkpoint.objects.filter(channel=member.channel_id).count() == 9, look


@pytest.mark.usefixtures("_short_steps")
def test_posts_of_the_last_moments_are_counted_and_not_closed(member: ChannelMember) -> None:
    for _ in range(50):
        make.post(member.channel, member.user)
    assert counters.of_channel(member.channel_id).posts == 50
    assert not Checkpoint.objects.exists()


@pytest.mark.usefixtures("_short_steps")
def test_coming_and_going_is_not_counted_and_costs_no_more_than_posts_do(
    member: ChannelMember,
) -> None:
    fill(member.channel, 95, type="system_join_channel")
    assert counters.of_channel(member.channel_id).posts == 0
    assert Checkpoint.objects.filter(channel=member.channel_id).count() == 9


def test_reading_a_long_channel_touches_few_rows() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("plans are read on PostgreSQL")
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    member = channel.members.get()
    made = fill(channel, 12 * counters.STEP)
    counters.of_channel(channel.id)
    member.last_viewed_at = made[5_500].create_at
    for read in (
        lambda: counters.of_channel(channel.id),
        lambda: counters.of_member(member),
        lambda: counters.unread(member),
        lambda: reading.mark_viewed(user=ann, channel_id=channel.id),
    ):
        with CaptureQueriesContext(connection) as queries:
            read()
        selects = [one["sql"] for one in queries if one["sql"].startswith("SELECT")]
        # Two sums over at most two steps, of posts and of mentions: each row is seen by a scan and a sum.
        assert sum(plans.of_sql(sql) for sql in selects) < 8 * counters.STEP


def test_a_list_of_posts_comes_from_an_index() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("plans are read on PostgreSQL")
    channel = make.channel()
    made = fill(channel, 3_000)
    fill(make.channel(), 3_000)
    last = made[-5].update_at = now_ms() + 1
    Post.objects.filter(id=made[-5].id).update(update_at=last)
    with CaptureQueriesContext(connection) as queries:
        changed = posts.changed_since(channel, last - 1)
    assert [post.id for post in changed] == [made[-5].id]
    assert sum(plans.of_sql(one["sql"]) for one in queries) < 20
    Post.objects.filter(channel=channel).update(update_at=1)
    with CaptureQueriesContext(connection) as queries:
        far_back = posts.latest(channel, offset=2_900, limit=60)
    assert [post.id for post in far_back] == [post.id for post in made[99:39:-1]]
    (sql,) = [one["sql"] for one in queries]
    with connection.cursor() as cursor:
        cursor.execute(
            f"VACUUM ANALYZE {Post._meta.db_table}"
        ) if not connection.in_atomic_block else None
    assert "Index Only Scan" in _explained(sql)


def test_pages_before_and_after_a_post_begin_at_it() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("plans are read on PostgreSQL")
    channel = make.channel()
    made = fill(channel, 3_000)
    for listed, pivot, wanted in (
        (posts.before, made[60], made[59:39:-1]),
        (posts.after, made[2_900], made[2_920:2_900:-1]),
    ):
        with CaptureQueriesContext(connection) as queries:
            found = listed(channel, pivot.id, limit=20)
        assert [post.id for post in found] == [post.id for post in wanted]
        assert sum(plans.of_sql(one["sql"]) for one in queries) < 100


def _explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())
