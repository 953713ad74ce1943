"""Deliveries of outgoing webhooks, for tests: made, and what they are for."""

from typing import Any

from channels_app.posts.models import Post
from integrations.delivery.endpoints import endpoint_of
from integrations.delivery.models import Delivery
from integrations.outgoing import payload
from integrations.outgoing.models import DELIVERY_KIND, JSON, OutgoingWebhook


def owed(hook: OutgoingWebhook, post: Post, **fields: Any) -> Delivery:
    """What a hook owes for a post, not stored; due at once unless told otherwise."""
    fields = {"url": "http://a.example/", "content_type": JSON} | fields
    return Delivery(
        kind=DELIVERY_KIND,
        owner_id=hook.id,
        cause_id=post.id,
        **{
            "endpoint": endpoint_of(fields["url"]),
            "payload": payload.build(post, trigger_word="trigger"),
        }
        | fields,
    )


def stored(hook: OutgoingWebhook, post: Post, **fields: Any) -> Delivery:
    """One like owed(), in the database."""
    delivery = owed(hook, post, **fields)
    delivery.save(force_insert=True)
    return delivery


def hook_of(delivery: Delivery) -> OutgoingWebhook:
    """The webhook that it is sent for."""
    return OutgoingWebhook.objects.get(id=delivery.owner_id)


def post_of(delivery: Delivery) -> Post:
    """The post that it tells of."""
    return Post.objects.get(id=delivery.cause_id)
