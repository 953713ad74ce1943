"""Which outgoing webhooks a new post fires, and the deliveries it owes for that (specification §3.1, §3.2)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Model

from channels_app.membership.models import Channel
from channels_app.posts.models import Origin, Post
from integrations.delivery import nudges
from integrations.delivery.endpoints import endpoint_of
from integrations.delivery.models import Delivery
from mattermost_hooks import process_cache
from mattermost_hooks.console.config import get_config

from . import payload
from .models import DELIVERY_KIND, EXACT, OutgoingWebhook

LONGEST_SHOWN = 64

# Any Unicode blank ends a word; four control characters that Python counts as blanks do not.
_WORD = re.compile(r"[\S\x1c-\x1f]+")


@dataclass(frozen=True)
class Verdict:
    """Whether a post fires a hook, why in a sentence for the hook's owner, and the trigger word sent."""

    fires: bool
    reason: str
    word: str = ""


def judge(hook: OutgoingWebhook, post: Post, channel: Channel) -> Verdict:
    """Does this post of a person or bot in `channel` fire the hook? Asks no database."""
    if not channel.is_open:
        return Verdict(fires=False, reason="Only posts in public channels fire webhooks.")
    if hook.team_id != channel.team_id:
        return Verdict(fires=False, reason="The webhook belongs to another team.")
    if hook.channel_id and hook.channel_id != channel.id:
        return Verdict(fires=False, reason="The webhook listens to another channel.")
    if hook.channel_id and not hook.trigger_words:
        return Verdict(fires=True, reason="Every post in the channel fires this webhook.")
    return _judge_word(hook, post.message)


def deliveries_owed(post: Post) -> Iterator[Delivery]:
    """A delivery for each callback URL of each hook that fires, to be stored with the post."""
    channel = post.channel
    if post.origin != Origin.PERSON or not channel.is_open or channel.team_id is None:
        return
    if not get_config().ServiceSettings.EnableOutgoingWebhooks:
        return
    for hook in _live_hooks(channel.team_id):
        verdict = judge(hook, post, channel)
        if verdict.fires:
            yield from _owed(hook, post, verdict.word)


def tell_workers(post: Post, rows: Sequence[Model]) -> None:
    """Let the workers hear of stored deliveries. If they cannot be told, they find the rows."""
    if ids := [row.id for row in rows if isinstance(row, Delivery)]:
        nudges.nudge(ids)


def _judge_word(hook: OutgoingWebhook, message: str) -> Verdict:
    found = _WORD.search(message)
    if found is None:
        return Verdict(fires=False, reason="The post has no text, so no trigger word.")
    first = found.group()
    words = [word for word in hook.trigger_words if _matches(first, word, hook.trigger_when)]
    agrees = "is" if hook.trigger_when == EXACT else "begins with"
    if words:
        reason = f"The first word {agrees} the trigger word “{words[0]}”."
        return Verdict(fires=True, reason=reason, word=words[0])
    shown = first if len(first) <= LONGEST_SHOWN else f"{first[:LONGEST_SHOWN]}…"
    return Verdict(
        fires=False, reason=f"The first word, “{shown}”, {agrees} none of the trigger words."
    )


def _matches(first: str, word: str, trigger_when: int) -> bool:
    return first == word if trigger_when == EXACT else first.startswith(word)


def _live_hooks(team_id: str) -> tuple[OutgoingWebhook, ...]:
    def load() -> tuple[OutgoingWebhook, ...]:
        live = OutgoingWebhook.objects.filter(team=team_id, team__delete_at=0, delete_at=0)
        return tuple(live.order_by("create_at", "id"))

    return process_cache.remember(("outgoing_hooks", team_id), load)


def _owed(hook: OutgoingWebhook, post: Post, word: str) -> list[Delivery]:
    fields = payload.build(post, trigger_word=word)
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
