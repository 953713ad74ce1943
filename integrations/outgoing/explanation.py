"""Why a post fired a webhook, or did not: what the rules answer, and what became of the deliveries.

The rules are asked of the webhook and the post as they are now; where that differs from then it is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.posts import posts
from channels_app.posts.models import Post
from integrations.delivery import log
from integrations.delivery.models import FAILED, PENDING, Delivery
from mattermost_hooks import errors
from mattermost_hooks.console.config import get_config
from mattermost_hooks.records import is_id, now_ms

from . import hooks, rules
from .models import OutgoingWebhook
from .rules import Answer, Rule, Verdict

DAY_MS = 24 * 60 * 60 * 1000


@dataclass(frozen=True)
class Explanation:
    """What is known of a hook and a post.

    `fired` is None where it cannot be known: deliveries are kept for some days only. `summary` says it all in a
    sentence or two, `caveat` what has changed since the post. `steps` are all rules in the order in which they
    are asked, each with its answer, or None if it was not asked any more.
    """

    hook: OutgoingWebhook
    post: Post
    verdict: Verdict
    deliveries: Sequence[Delivery]
    fired: bool | None
    summary: str
    caveat: str

    @property
    def steps(self) -> list[tuple[Rule, Answer | None]]:
        """Every rule and its answer."""
        return list(zip_longest(rules.RULES, self.verdict.answers))


def explain(*, actor: User, hook: OutgoingWebhook, post_id: str) -> Explanation:
    """Why the hook was fired by the post or was not, for those who may manage the hook and read the post.

    Also while outgoing webhooks are switched off, which may be the reason. 403 for who may not manage the hook,
    400 for what is no id, 404 for a post that is not there or that the actor may not read: nobody learns which.
    """
    hooks.KIND.require_managing(actor, hook)
    if not is_id(post_id):
        raise errors.invalid_parameter("post_id", detail="post_id must be the id of a post")
    post = posts.find(post_id)
    if not permissions.may(actor, "read_channel", channel=post.channel):
        raise posts.no_such_post()
    return of(hook=hook, post=post)


def of(*, hook: OutgoingWebhook, post: Post) -> Explanation:
    """The same for whoever runs the server: asks nobody's permission."""
    verdict = rules.judge(hook, post)
    deliveries = log.of_cause(hook.id, post.id)
    fired = True if deliveries else False if _is_recent(post) else None
    return Explanation(
        hook=hook,
        post=post,
        verdict=verdict,
        deliveries=deliveries,
        fired=fired,
        summary=_fate(deliveries, verdict) if deliveries else _silence(hook, post, verdict),
        caveat=_caveat(hook, post),
    )


def _is_recent(post: Post) -> bool:
    return post.create_at > now_ms() - _retention_days() * DAY_MS


def _retention_days() -> int:
    return get_config().DataRetentionSettings.DeliveryRetentionDays


def _fate(deliveries: Sequence[Delivery], verdict: Verdict) -> str:
    failed = [one for one in deliveries if one.status == FAILED]
    waiting = [one for one in deliveries if one.status == PENDING]
    if failed:
        told, became = failed, "It fired, but was not delivered"
    elif waiting:
        told, became = waiting, "It fired and is still to be delivered"
    else:
        told, became = list(deliveries), "It fired and was delivered"
    number = f" to {len(told)} of {len(deliveries)} callback URLs" if len(deliveries) > 1 else ""
    sentences = [f"{became}{number}.", told[0].note]
    if not verdict.fires:
        sentences.append(f"It would not fire now: {verdict.reason}")
    return " ".join(sentence for sentence in sentences if sentence)


def _silence(hook: OutgoingWebhook, post: Post, verdict: Verdict) -> str:
    if not _is_recent(post):
        unknown = f"Whether it fired is known for {_retention_days()} days only."
        return f"{unknown} {'It would fire now.' if verdict.fires else verdict.reason}"
    if not verdict.fires:
        return f"It did not fire. {verdict.reason}"
    if hook.create_at > post.create_at:
        return "It did not fire: the webhook was made after the post."
    if hook.update_at > post.create_at:
        return "It did not fire then, but would now: the webhook was changed after the post."
    return (
        "It did not fire then, but would now: something else was different when the post was made, such as the "
        "switch for outgoing webhooks in the System Console."
    )


def _caveat(hook: OutgoingWebhook, post: Post) -> str:
    if hook.create_at > post.create_at:
        return "The webhook was made after the post."
    if hook.update_at > post.create_at:
        return "The webhook was changed after the post; the rules are asked of it as it is now."
    return ""
