"""How many posts there are, counted from the posts themselves.

A counter on the channel's row would be locked by every post until its commit, so that posts in one
channel would wait for each other's disk write. Reading is rare and has an index; writing is not.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count as CountOf
from django.db.models import Max, Q

from .models import ChannelMember, Post

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


@dataclass(frozen=True)
class Count:
    """Posts, those of them that begin a thread, and the time of the latest (0 without any)."""

    posts: int = 0
    threads: int = 0
    last_post_at: int = 0


def of_channels(channel_ids: Collection[str]) -> dict[str, Count]:
    """The count of each of these channels, deleted posts included, as Mattermost counts."""
    rows = (
        Post.objects.filter(channel__in=channel_ids)
        .values("channel_id")
        .annotate(
            posts=CountOf("id", filter=_COUNTED),
            threads=CountOf("id", filter=_COUNTED & Q(root__isnull=True)),
            latest=Max("create_at"),
        )
    )
    found = {row["channel_id"]: Count(row["posts"], row["threads"], row["latest"]) for row in rows}
    return {channel_id: found.get(channel_id, Count()) for channel_id in channel_ids}


def of_member(member: ChannelMember) -> Count:
    """What a member has seen of a channel."""
    return _up_to(Q(create_at__lte=member.last_viewed_at), member)


def unread(member: ChannelMember) -> Count:
    """What a member has not seen yet."""
    return _up_to(Q(create_at__gt=member.last_viewed_at), member)


def of_threads(root_ids: Collection[str]) -> dict[str, int]:
    """Root id → number of live replies, for threads that have any."""
    rows = Post.objects.filter(root__in=set(root_ids), delete_at=0).values_list("root_id")
    return dict(rows.annotate(CountOf("id")))


def _up_to(when: Q, member: ChannelMember) -> Count:
    found = Post.objects.filter(when, _COUNTED, channel=member.channel_id).aggregate(
        posts=CountOf("id"), threads=CountOf("id", filter=Q(root__isnull=True))
    )
    return Count(found["posts"], found["threads"])
