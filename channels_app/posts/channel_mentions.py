"""Which channels a post names (specification §1.6)."""

from channels_app import markdown
from channels_app.membership.models import PUBLIC, Channel


def of(message: str, channel: Channel) -> dict[str, dict[str, str]]:
    """The public channels of the team that a message names as `~handle`, as `channel_mentions` has them."""
    if "~" not in message or channel.team is None:
        return {}
    names = markdown.mentioned_channels(message)
    found = Channel.objects.filter(team=channel.team, type=PUBLIC, name__in=names, delete_at=0)
    return {
        one.name: {"display_name": one.display_name, "team_name": channel.team.name}
        for one in found
    }
