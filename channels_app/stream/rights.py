"""Who may hear of the posts in a channel."""

from accounts.sessions import sessions
from channels_app.membership import permissions
from channels_app.membership.models import Channel
from mattermost_hooks.process_cache import Subject
from mattermost_hooks.records import is_id


def right_to_listen(token: str, channel_id: str) -> tuple[Subject, ...] | None:
    """What the right of a session to hear of posts in a channel rests on; None if it has no such right.

    When one of these subjects changes, the right has to be asked for again. Archived channels are closed.
    """
    known = sessions.session_of(token)
    if known is None or not is_id(channel_id):
        return None
    _, user = known
    channel = Channel.objects.select_related("team").filter(id=channel_id, delete_at=0).first()
    if channel is None or not permissions.may(user, "read_channel", channel=channel):
        return None
    return (
        ("session", token),
        ("user", user.id),
        ("channel", channel.id),
        permissions.channel_member_subject(channel.id, user.id),
        permissions.team_member_subject(channel.team_id or "", user.id),
    )
