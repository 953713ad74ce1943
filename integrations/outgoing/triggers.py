"""The deliveries that a new post owes to outgoing webhooks (specification §3.1, §3.2)."""

from collections.abc import Iterator, Sequence

from django.db.models import Model

from channels_app.posts.models import Post
from integrations.delivery import nudges
from integrations.delivery.endpoints import endpoint_of
from integrations.delivery.models import Delivery

from . import matching, payload, rules
from .models import DELIVERY_KIND, OutgoingWebhook


def deliveries_owed(post: Post) -> Iterator[Delivery]:
    """A delivery for each callback URL of each hook that fires, to be stored with the post."""
    if rules.may_fire(post):
        for hook in matching.candidates(post):
            if rules.judge(hook, post).fires:
                yield from _owed(hook, post)


def tell_workers(post: Post, rows: Sequence[Model]) -> None:
    """Let the workers hear of stored deliveries. If they cannot be told, they find the rows."""
    if ids := [row.id for row in rows if isinstance(row, Delivery)]:
        nudges.nudge(ids)


def _owed(hook: OutgoingWebhook, post: Post) -> list[Delivery]:
    fields = payload.build(post, trigger_word=rules.trigger_word(hook, post.message) or "")
    return [
        Delivery(
            kind=DELIVERY_KIND,
            owner_id=hook.id,
            cause_id=post.id,
            url=url,
            endpoint=endpoint_of(url),
            content_type=payload.content_type_of(hook),
            payload=fields,
        )
        for url in dict.fromkeys(hook.callback_urls)  # an address that is listed twice hears once
    ]
