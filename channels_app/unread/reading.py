"""What members have seen of their channels (specification §1.5)."""

from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Channel, ChannelMember
from channels_app.posts import posts
from channels_app.posts.models import Post
from mattermost_hooks import errors
from mattermost_hooks.errors import Refusal
from mattermost_hooks.records import now_ms

from . import counters

not_to_be_seen = Refusal(
    "app.channel.update_last_viewed_at.app_error", "Unable to update the last viewed at time."
)


def membership(*, actor: User, user: User, channel_id: str) -> ChannelMember:
    """The membership of a person, for that person and administrators; 403 where there is none."""
    members = ChannelMember.objects.select_related("channel")
    member = members.filter(channel=channel_id, user=user).first()
    if member is None or (actor.id != user.id and not actor.is_system_admin):
        raise errors.not_permitted()
    return member


def view(*, actor: User, user: User, channel_id: str) -> dict[str, int]:
    """Note that a person has seen a channel; channel id → time (ms) up to which.

    Blank id: nothing. 400 for a channel that does not exist or is not for the person to read.
    """
    if actor.id != user.id and not actor.is_system_admin:
        raise errors.not_permitted()
    if not channel_id:
        return {}
    channel = Channel.objects.select_related("team").filter(id=channel_id).first()
    if channel is None or not permissions.may(user, "read_channel", channel=channel):
        raise not_to_be_seen()
    return {channel_id: mark_viewed(user=user, channel_id=channel_id)}


def mark_shown(*, user: User, channel: Channel, post_id: str) -> int:
    """Note that a page has shown a member everything up to this post; returns the time (ms) it is seen up to.

    Live posts that followed stay unread; deleted ones, which no page shows, do not. 400 for a post that is
    not of the channel.
    """
    latest_at = counters.last_post_at(channel.id)
    shown = posts.find_in(channel, post_id)
    if shown is None:
        raise errors.invalid_parameter("post_id", detail="post_id must be a post of the channel")
    following = Post.objects.filter(channel=channel, create_at__gt=shown.create_at, delete_at=0)
    seen = shown.create_at if following.exists() else max(shown.create_at, latest_at)
    return mark_viewed(user=user, channel_id=channel.id, at=seen)


def mark_viewed(*, user: User, channel_id: str, at: int | None = None) -> int:
    """Note that a member has seen everything up to `at` (ms), the latest post unless told; returns it.

    What was seen once stays seen: an earlier time changes nothing.
    """
    seen = counters.last_post_at(channel_id) if at is None else at
    ChannelMember.objects.filter(channel=channel_id, user=user, last_viewed_at__lt=seen).update(
        last_viewed_at=seen, last_update_at=now_ms()
    )
    return seen
