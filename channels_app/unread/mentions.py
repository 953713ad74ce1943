"""Who and which channels a post names: unread mentions, links to channels (specification §1.6, §2.6)."""

from collections.abc import Iterator

from accounts.people import users
from channels_app import markdown
from channels_app.membership import permissions
from channels_app.posts import attachments
from channels_app.posts.models import Post

from .models import Mention


def made_by(post: Post) -> Iterator[Mention]:
    """The rows that say whom a post mentions, to be stored with it.

    One for everybody in the channel, if the author may address them all, else one for each account that
    is named, in the text or an attachment. Nobody is mentioned by a post of one's own, unless it came
    through a webhook.
    """
    names = _names_in(post)
    if names & markdown.EVERYBODY and permissions.may(
        post.user, "use_channel_mentions", channel=post.channel
    ):
        yield _row(post, user_id=None)
        return
    is_from_webhook = post.props.get("from_webhook") == "true"
    for user_id in set(users.existing_usernames(names).values()) if names else ():
        if is_from_webhook or user_id != post.user_id:
            yield _row(post, user_id=user_id)


def _names_in(post: Post) -> set[str]:
    boxes = attachments.of(post.props)
    texts = [post.message, *(text for box in boxes for text in box.mentioning_texts)]
    return {name for text in texts for name in markdown.mentioned_names(text)}


def _row(post: Post, *, user_id: str | None) -> Mention:
    return Mention(
        post=post,
        channel=post.channel,
        user_id=user_id,
        create_at=post.create_at,
        is_root=post.root_id is None,
    )
