"""The part of a channel that a page shows: the latest posts, those before or after one, or those around one."""

from dataclasses import dataclass

from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Post
from mattermost_hooks.errors import AppError

SIZE = 60


@dataclass(frozen=True)
class Window:
    """Live posts of a channel, newest first, and whether there are others on either side."""

    posts: list[Post]
    has_older: bool
    has_newer: bool


def latest(channel: Channel) -> Window:
    """The end of the channel, where new posts come in."""
    found = posts.latest(channel, limit=SIZE + 1)
    return Window(found[:SIZE], has_older=len(found) > SIZE, has_newer=False)


def before(channel: Channel, post_id: str) -> Window:
    """What stands before a post, which may have been deleted since; 404 if it never was in the channel."""
    edge(channel, post_id)
    found = posts.before(channel, post_id, limit=SIZE + 1)
    return Window(found[:SIZE], has_older=len(found) > SIZE, has_newer=True)


def after(channel: Channel, post_id: str) -> Window:
    """What followed a post, like before()."""
    edge(channel, post_id)
    found = posts.after(channel, post_id, limit=SIZE + 1)
    return Window(found[-SIZE:], has_older=bool(found), has_newer=len(found) > SIZE)


def edge(channel: Channel, post_id: str) -> Post:
    """The post that a window begins or ends at, even a deleted one; 404 if it never was in the channel."""
    found = posts.find_in(channel, post_id)
    if found is None:
        raise no_such_post()
    return found


def around(channel: Channel, post_id: str) -> Window:
    """The latest posts if this one is among them, else this one in the middle; 404 if it is not there."""
    end = latest(channel)
    if any(post.id == post_id for post in end.posts):
        return end
    middle = Post.objects.filter(channel=channel, id=post_id, delete_at=0).first()
    if middle is None:
        raise no_such_post()
    half = SIZE // 2
    newer = posts.after(channel, post_id, limit=half + 1)
    older = posts.before(channel, post_id, limit=half + 1)
    return Window(
        [*newer[-half:], middle, *older[:half]],
        has_older=len(older) > half,
        has_newer=len(newer) > half,
    )


def find(*, actor: User, post_id: str) -> Post:
    """The post, if its channel is open and the actor may read it; else the 404 of one that never was."""
    known = Post.objects.select_related("channel__team").filter(id=post_id, delete_at=0)
    post = known.filter(channel__delete_at=0).first()
    if post is None or not permissions.may(actor, "read_channel", channel=post.channel):
        raise no_such_post()
    return post


def no_such_post() -> AppError:
    """The 404 for a message that is not there, or not for the one who asks: nobody learns which."""
    return AppError("app.page.no_such_post", "This message is not here.", status=404)
