"""What people write into the message box of a page: stricter than what programs may post, and posted once."""

import hashlib

from accounts.people.models import User
from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Post
from mattermost_hooks.errors import AppError

from . import channels

COMMAND_SIGN = "/"


def say(
    *, actor: User, channel: Channel, message: str, root_id: str = "", form_id: str = ""
) -> Post:
    """Post a message of a person, as a reply if `root_id` names the first post of a thread.

    The same message from the same form again answers the first post: a form may be sent twice, but who goes
    back to it and writes something else says something else. 400 for nothing but blanks, for what looks like
    a command, and for a thread that is gone; beyond that posts.submit() decides.
    """
    _check(message)
    if root_id and not Post.objects.filter(id=root_id, channel=channel, delete_at=0).exists():
        raise thread_gone()
    return posts.submit(
        actor=actor,
        channel=channel,
        message=message,
        root_id=root_id,
        pending_post_id=_pending_id(form_id, channel.id, root_id, message) if form_id else "",
    )


def say_to_person(*, actor: User, other: User, message: str, form_id: str = "") -> Post:
    """Post a message to a person like say(); the first one makes the direct channel."""
    _check(message)
    channel = channels.direct(actor, other)
    return say(actor=actor, channel=channel, message=message, form_id=form_id)


def thread_gone() -> AppError:
    """The 400 for a reply to a post that is not there (any more)."""
    return AppError(
        "app.page.say.thread_gone", "The message you are replying to is not there any more."
    )


def no_commands() -> AppError:
    """The 400 for a message that would be a command, with the way to send it all the same."""
    return AppError(
        "app.page.say.command",
        "This was not sent: what begins with / is a command, and there are no commands yet.",
        detail="To send it as a message, put a blank before the /.",
    )


def _check(message: str) -> None:
    if not message.strip():
        raise AppError("app.page.say.empty", "There is nothing to send yet.")
    if message.startswith(COMMAND_SIGN):
        raise no_commands()


def _pending_id(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
