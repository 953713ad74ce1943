"""Who and which channels a post names: unread mentions, links to channels (specification §1.6, §2.6)."""

from django.db.models import F

from accounts import users
from mattermost_hooks.records import now_ms

from . import markdown
from .models import PUBLIC, Channel, ChannelMember, Post

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


def of_channels(message: str, channel: Channel) -> dict[str, dict[str, str]]:
    """The public channels of the team that a message names as `~handle`, as `channel_mentions` has them."""
    if "~" not in message or channel.team is None:
        return {}
    names = markdown.mentioned_channels(message)
    found = Channel.objects.filter(team=channel.team, type=PUBLIC, name__in=names, delete_at=0)
    return {
        one.name: {"display_name": one.display_name, "team_name": channel.team.name}
        for one in found
    }
