"""What the server itself says in a channel: who came and went, what was changed (specification §O2.5)."""

from accounts.people.models import User
from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Origin

# field: the word for it, and its name in type and props.
_FIELDS = {
    "display_name": ("display name", "displayname"),
    "header": ("header", "header"),
    "purpose": ("purpose", "purpose"),
}


def joined(channel: Channel, user: User, *, by: User) -> None:
    """Somebody came into a channel, alone or brought along."""
    if user.id == by.id:
        _say(
            channel,
            by,
            "join_channel",
            f"{user.username} joined the channel.",
            {"username": user.username},
        )
        return
    _say(
        channel,
        by,
        "add_to_channel",
        f"{user.username} added to the channel by {by.username}.",
        {
            "addedUserId": user.id,
            "addedUsername": user.username,
            "userId": by.id,
            "username": by.username,
        },
    )


def changed(channel: Channel, before: dict[str, str], *, by: User) -> None:
    """Display name, header or purpose are others than `before`."""
    for field, (word, short) in _FIELDS.items():
        old, new = before.get(field, ""), getattr(channel, field)
        if field not in before or old == new:
            continue
        props = {f"new_{short}": new, f"old_{short}": old, "username": by.username}
        message = f"{by.username} {_change(word, old, new)}"
        _say(channel, by, f"{short}_change", message, props)


def _change(word: str, old: str, new: str) -> str:
    if not new:
        return f"removed the channel {word} (was: {old})"
    if not old:
        return f"updated the channel {word} to: {new}"
    return f"updated the channel {word} from: {old} to: {new}"


def _say(channel: Channel, author: User, kind: str, message: str, props: dict[str, str]) -> None:
    posts.create(
        user=author,
        channel=channel,
        message=message,
        type=f"system_{kind}",
        props=props,
        origin=Origin.SERVER,
    )
