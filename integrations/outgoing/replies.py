"""What a receiver answers becomes posts, or a note why not (specification §3.4, §3.5)."""

from channels_app.membership import permissions
from channels_app.posts.models import Post
from integrations.message import posting
from integrations.message.message import Message
from mattermost_hooks.errors import AppError

from .models import OutgoingWebhook


def post(hook: OutgoingWebhook, *, answered_id: str, body: bytes) -> str:
    """Post what a receiver answered as the hook's creator, where the post it answers stands.

    Returns what kept it from being posted, in words; "" if nothing did, or if there was nothing to post.
    """
    if not body.strip():
        return ""
    try:
        message = Message.parse(body)
        return "" if message.is_empty else _post(hook, answered_id, message)
    except AppError as refusal:
        return f"Reply not posted: {refusal.message} {refusal.detail}".strip()


def _post(hook: OutgoingWebhook, answered_id: str, message: Message) -> str:
    # Read only now: much may have happened while the receiver was thinking.
    answered = Post.objects.select_related("channel__team", "root").get(id=answered_id)
    root = (answered.root or answered) if message.response_type == "comment" else None
    if answered.channel.delete_at:
        return "Reply not posted: the channel was archived meanwhile."
    if root is not None and root.delete_at:
        return "Reply not posted: the post it answers was deleted meanwhile."
    if not answered.channel.is_open and not permissions.is_member(hook.creator, answered.channel):
        return "Reply not posted: the channel is closed and the webhook's owner is not in it."
    posting.post_message(
        user=hook.creator,
        channel=answered.channel,
        message=message,
        sender=posting.Sender(hook.display_name, hook.username, hook.icon_url),
        root=root,
    )
    return ""
