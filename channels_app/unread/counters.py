"""How many posts and mentions there are, counted from the rows themselves.

A counter on the channel's row would be locked by every post until its commit, so that posts in one channel
would wait for each other's disk write. Instead whoever reads counts what came after the latest checkpoint,
and leaves further checkpoints when that was much: the cost of reading does not grow with the channel.
"""

from dataclasses import dataclass, replace

from django.db.models import Count as CountOf
from django.db.models import Q

from channels_app.membership.models import ChannelMember
from channels_app.posts.models import Origin, Post
from mattermost_hooks.records import now_ms

from .models import Checkpoint, Mention

# Posts between two checkpoints, and how many checkpoints one reader leaves at most.
STEP = 1_000
MOST_STEPS = 50
# A post is dated before it is committed, so the last moments are not closed yet. Whoever stores posts with
# older dates has to delete the checkpoints behind them.
STILL_OPEN_MS = 30_000

# Coming and going is not worth an unread mark.
UNCOUNTED_TYPES = (
    "system_add_to_channel",
    "system_add_to_team",
    "system_join_channel",
    "system_join_team",
    "system_leave_channel",
    "system_leave_team",
    "system_remove_from_channel",
    "system_remove_from_team",
)

_COUNTED = ~Q(type__in=UNCOUNTED_TYPES)
_POSTS = {
    "scanned": CountOf("id"),
    "posts": CountOf("id", filter=_COUNTED),
    "threads": CountOf("id", filter=_COUNTED & Q(root__isnull=True)),
}
_KEPT = ("posts", "threads", "mentions", "mention_threads")
_MENTIONS = {
    "mentions": CountOf("id"),
    "mention_threads": CountOf("id", filter=Q(is_root=True)),
}


@dataclass(frozen=True)
class Count:
    """Posts and mentions of everybody, and those of each that begin a thread; `scanned` is what it cost."""

    posts: int = 0
    threads: int = 0
    mentions: int = 0
    mention_threads: int = 0
    scanned: int = 0

    def plus(self, other: "Count", *, times: int = 1) -> "Count":
        """The sum; with times=-1 the difference."""
        return Count(
            self.posts + times * other.posts,
            self.threads + times * other.threads,
            self.mentions + times * other.mentions,
            self.mention_threads + times * other.mention_threads,
            self.scanned + other.scanned,
        )


def of_channel(channel_id: str) -> Count:
    """What there is in a channel, deleted posts included, as Mattermost counts."""
    return _up_to(channel_id)


def last_post_at(channel_id: str) -> int:
    """The time (ms) of the latest post, deleted ones included; 0 without any."""
    dates = Post.objects.filter(channel=channel_id).order_by("-create_at")
    return dates.values_list("create_at", flat=True).first() or 0


def seen_up_to(member: ChannelMember) -> int:
    """The time (ms) up to which a member knows a channel: what was looked at, and what came before the
    latest post of one's own. So a post need not write down that its author has seen the others.
    """
    written = Post.objects.filter(
        channel=member.channel_id, user=member.user_id, origin=Origin.PERSON
    ).order_by("-create_at")
    return max(member.last_viewed_at, written.values_list("create_at", flat=True).first() or 0)


def of_member(member: ChannelMember) -> Count:
    """What a member has seen of a channel."""
    return _up_to(member.channel_id, seen_up_to(member))


def unread(member: ChannelMember) -> Count:
    """What a member has not seen yet; of mentions only those since the member came."""
    seen = seen_up_to(member)
    unseen = _since(member.channel_id, seen)
    came_at = max(seen, member.create_at - 1)  # in the same millisecond counts
    named = Mention.objects.filter(
        channel=member.channel_id, user=member.user_id, create_at__gt=came_at
    ).aggregate(**_MENTIONS)
    heard = unseen if came_at == seen else _since(member.channel_id, came_at)
    return replace(
        unseen,
        mentions=heard.mentions + named["mentions"],
        mention_threads=heard.mention_threads + named["mention_threads"],
    )


def _up_to(channel_id: str, until: int | None = None) -> Count:
    """What there is in a channel up to a time (ms), for None all of it."""
    before = {} if until is None else {"counted_to__lte": until}
    within = {} if until is None else {"create_at__lte": until}
    checkpoint = _latest_checkpoint(channel_id, **before)
    came_after = _between(channel_id, create_at__gt=checkpoint.counted_to, **within)
    _leave_checkpoints(checkpoint, behind=came_after)
    return _count_at(checkpoint).plus(came_after)


def _since(channel_id: str, since: int) -> Count:
    """What came into a channel after a time (ms)."""
    checkpoint = _latest_checkpoint(channel_id)
    if checkpoint.counted_to > since:
        return _up_to(channel_id).plus(_up_to(channel_id, since), times=-1)
    came_after = _between(channel_id, create_at__gt=since)
    _leave_checkpoints(checkpoint, behind=came_after)
    return came_after


def _latest_checkpoint(channel_id: str, **before: int) -> Checkpoint:
    kept = Checkpoint.objects.filter(channel=channel_id, **before).order_by("-counted_to").first()
    return kept or Checkpoint(
        channel_id=channel_id, counted_to=-1, posts=0, threads=0, mentions=0, mention_threads=0
    )


def _between(channel_id: str, **times: int) -> Count:
    posts = Post.objects.filter(channel=channel_id, **times).aggregate(**_POSTS)
    mentions = Mention.objects.filter(channel=channel_id, user=None, **times)
    return Count(**posts, **mentions.aggregate(**_MENTIONS))


def _leave_checkpoints(last: Checkpoint, *, behind: Count) -> None:
    """Spare the next reader most of what lies behind the last checkpoint, if it was much."""
    if behind.scanned < 2 * STEP:
        return
    channel_id, closed_before = last.channel_id, now_ms() - STILL_OPEN_MS
    left: list[Checkpoint] = []
    while len(left) < MOST_STEPS:
        following = Post.objects.filter(
            channel=channel_id, create_at__gt=last.counted_to, create_at__lt=closed_before
        ).order_by("create_at")
        dates = following.values_list("create_at", flat=True)[STEP - 1 : STEP]
        if not dates:
            break
        count = _between(channel_id, create_at__gt=last.counted_to, create_at__lte=dates[0])
        sums = _count_at(last).plus(count)
        last = Checkpoint(
            channel_id=channel_id,
            counted_to=dates[0],
            **{name: getattr(sums, name) for name in _KEPT},
        )
        left.append(last)
    # Another reader may leave the same ones at this moment.
    Checkpoint.objects.bulk_create(left, ignore_conflicts=True)


def _count_at(checkpoint: Checkpoint) -> Count:
    return Count(**{name: getattr(checkpoint, name) for name in _KEPT})
