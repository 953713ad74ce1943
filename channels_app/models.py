"""Collects the tables of the folders, where Django looks for them."""

from .membership.models import Channel, ChannelMember, Team, TeamMember
from .posts.models import Post
from .unread.models import Checkpoint, Mention

__all__ = ["Channel", "ChannelMember", "Checkpoint", "Mention", "Post", "Team", "TeamMember"]
