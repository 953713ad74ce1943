"""What a receiver is told of a post, frozen with the post, and its two encodings (specification §3.3)."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from channels_app.posts.models import Post

from .models import FORM, JSON, OutgoingWebhook

Fields = Mapping[str, Any]

# Mattermost's order. It is kept here because a database may store the keys in an order of its own.
KEYS = (
    "token",
    "team_id",
    "team_domain",
    "channel_id",
    "channel_name",
    "timestamp",
    "user_id",
    "user_name",
    "post_id",
    "text",
    "trigger_word",
    "file_ids",
)

# Mattermost's encoder escapes these too, so that JSON may stand inside HTML.
_HTML_SAFE = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


def build(post: Post, *, trigger_word: str) -> dict[str, Any]:
    """All that is sent but the token, as Delivery keeps it; `timestamp` in milliseconds."""
    channel, author = post.channel, post.user
    return {
        "team_id": channel.team_id or "",
        "team_domain": channel.team.name if channel.team else "",
        "channel_id": channel.id,
        "channel_name": channel.name,
        "timestamp": post.create_at,
        "user_id": author.id,
        "user_name": author.username,
        "post_id": post.id,
        "text": post.message,
        "trigger_word": trigger_word,
        "file_ids": ",".join(post.file_ids),
    }


def content_type_of(hook: OutgoingWebhook) -> str:
    """JSON for hooks that say exactly application/json, a form for all others."""
    return JSON if hook.content_type == JSON else FORM


def encode(fields: Fields, *, token: str, content_type: str) -> bytes:
    """The body of the request, byte for byte as Mattermost sends it.

    The token is given when the request is made: it is not kept with the delivery, and a new one counts
    for what is still to be sent.
    """
    with_token = {"token": token, **fields}
    together = {key: with_token[key] for key in KEYS}
    return _json(together) if content_type == JSON else _form(together)


def _json(fields: Fields) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_HTML_SAFE).encode()


def _form(fields: Fields) -> bytes:
    in_seconds = {**fields, "timestamp": fields["timestamp"] // 1000}
    return urlencode(sorted(in_seconds.items())).encode()
