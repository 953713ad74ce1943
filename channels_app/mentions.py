"""Who is meant by a post, and the count of unread mentions that it adds to (specification §2.6)."""

from django.db.models import F

from accounts import users
from mattermost_hooks.records import now_ms

from . import markdown
from .models import ChannelMember, Post

EVERYBODY = frozenset({"all", "channel", "here"})


def count(post: Post) -> None:
    """Add one to the unread mentions of every member of the channel whom the post mentions.

    Nobody is notified of a post of one's own, unless it came through a webhook.
    """
    if "@" not in post.message:
        return
    names = markdown.mentioned_names(post.message)
    if not names:
        return
    members = ChannelMember.objects.filter(channel=post.channel_id)
    if not names & EVERYBODY:
        members = members.filter(user__in=users.existing_usernames(names).values())
    if post.props.get("from_webhook") != "true":
        members = members.exclude(user=post.user_id)
    members.update(
        mention_count=F("mention_count") + 1,
        mention_count_root=F("mention_count_root") + (1 if post.root_id is None else 0),
        last_update_at=now_ms(),
    )
