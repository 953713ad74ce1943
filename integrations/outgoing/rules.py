"""Whether a post fires an outgoing webhook: the rules, in the order in which they are asked.

They are those of the specification, §3.1 and §3.2. Each new post is judged by them (triggers.py); whoever asks
why a webhook kept silent is shown what they answer (explanation.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from accounts.people import users
from channels_app.membership import permissions
from channels_app.membership.models import PRIVATE
from channels_app.posts.models import Origin, Post
from mattermost_hooks.console.config import get_config

from .models import EXACT, OutgoingWebhook

LONGEST_SHOWN = 64
MOST_WORDS_SHOWN = 5

# Any Unicode blank ends a word; four control characters that Python counts as blanks do not.
_WORD = re.compile(r"[\S\x1c-\x1f]+")


@dataclass(frozen=True)
class Answer:
    """What a rule says: does it hold, and what it saw, in a sentence for the webhook's owner."""

    holds: bool
    saw: str


@dataclass(frozen=True)
class Rule:
    """What must hold for a post to fire a webhook: a name for programs, a question for people.

    It is asked with the post and the webhook; those that look at the post alone do without the latter.
    """

    name: str
    question: str
    ask: Callable[..., Answer]


@dataclass(frozen=True)
class Verdict:
    """What the rules answered, in their order, up to the first no."""

    answers: tuple[Answer, ...]

    @property
    def fires(self) -> bool:
        """Does the post fire the webhook?"""
        return self.answers[-1].holds

    @property
    def reason(self) -> str:
        """The first no; what the last rule saw where there is none."""
        return self.answers[-1].saw


def judge(hook: OutgoingWebhook, post: Post) -> Verdict:
    """Does the post fire the hook? Asks no database, if the post came with its author, channel and team."""
    answers: list[Answer] = []
    for rule in RULES:
        answers.append(rule.ask(post, hook))
        if not answers[-1].holds:
            break
    return Verdict(tuple(answers))


def may_fire(post: Post) -> bool:
    """Is this a post that fires webhooks at all? Asks what can be asked without one."""
    return all(rule.ask(post).holds for rule in OF_THE_POST)


def why_it_rests(hook: OutgoingWebhook) -> str:
    """Why a webhook rests whose creator has gone, where the console wants it so; "" if it does not."""
    if get_config().ServiceSettings.OutgoingWebhooksOutliveMembership or has_its_creator(hook):
        return ""
    return "Its creator is no longer in the team, and the System Console lets such webhooks rest."


def has_its_creator(hook: OutgoingWebhook) -> bool:
    """Is the creator still in the hook's team, with an account that is in use?"""
    return permissions.is_in_team(users.find_shared(hook.creator_id), hook.team_id)


def first_word(message: str) -> str:
    """What trigger words are compared with; blank for a message without any word."""
    found = _WORD.search(message)
    return found.group() if found else ""


def trigger_word(hook: OutgoingWebhook, message: str) -> str | None:
    """The trigger word by which the message fires the hook, "" if all of a channel does; None for none."""
    if hook.channel_id and not hook.trigger_words:
        return ""
    first = first_word(message)
    fits = first.__eq__ if hook.trigger_when == EXACT else first.startswith
    return next((word for word in hook.trigger_words if first and fits(word)), None)


# --- Rules that look at the post alone ----------------------------------------------------------------


def _is_switched_on(_post: Post, *_: OutgoingWebhook) -> Answer:
    if get_config().ServiceSettings.EnableOutgoingWebhooks:
        return Answer(holds=True, saw="Outgoing webhooks are switched on.")
    return Answer(holds=False, saw="Outgoing webhooks are switched off in the System Console.")


def _is_of_a_person(post: Post, *_: OutgoingWebhook) -> Answer:
    if post.origin == Origin.WEBHOOK:
        return Answer(
            holds=False,
            saw="An incoming webhook brought it, or it is the answer to an outgoing one.",
        )
    if post.origin == Origin.SERVER:
        return Answer(
            holds=False, saw="The server wrote it: a message of the system fires nothing."
        )
    kind = "a bot" if post.user.is_bot else "a person"
    return Answer(holds=True, saw=f"{post.user.username}, {kind}, wrote it.")


def _is_in_public(post: Post, *_: OutgoingWebhook) -> Answer:
    if post.channel.is_open:
        return Answer(holds=True, saw=f"{post.channel} is a public channel.")
    kind = "a private channel" if post.channel.type == PRIVATE else "a direct message"
    return Answer(
        holds=False, saw=f"It stands in {kind}. Only posts in public channels fire webhooks."
    )


# --- Rules that look at the webhook, too --------------------------------------------------------------


def _is_of_the_team(post: Post, hook: OutgoingWebhook) -> Answer:
    if hook.team_id == post.channel.team_id:
        return Answer(holds=True, saw="The channel and the webhook are of the same team.")
    return Answer(holds=False, saw="The webhook belongs to another team.")


def _is_live(post: Post, hook: OutgoingWebhook) -> Answer:
    if hook.delete_at:
        return Answer(holds=False, saw="The webhook is deleted.")
    if post.channel.team and post.channel.team.delete_at:
        return Answer(holds=False, saw="The team is archived.")
    return Answer(holds=True, saw="The webhook and its team are there.")


def _has_its_creator(_post: Post, hook: OutgoingWebhook) -> Answer:
    if get_config().ServiceSettings.OutgoingWebhooksOutliveMembership:
        return Answer(holds=True, saw="Webhooks go on without their creators.")
    reason = why_it_rests(hook)
    return Answer(holds=not reason, saw=reason or "Its creator is in the team.")


def _is_in_its_channel(post: Post, hook: OutgoingWebhook) -> Answer:
    if not hook.channel_id:
        return Answer(holds=True, saw="The webhook listens to all public channels.")
    if hook.channel_id == post.channel_id:
        return Answer(holds=True, saw=f"The webhook listens to {post.channel}.")
    return Answer(holds=False, saw="The webhook listens to another channel.")


def _has_its_word(post: Post, hook: OutgoingWebhook) -> Answer:
    word = trigger_word(hook, post.message)
    if word == "":
        return Answer(holds=True, saw="Every post in the channel fires this webhook.")
    agrees = "is" if hook.trigger_when == EXACT else "begins with"
    if word is not None:
        return Answer(holds=True, saw=f"The first word {agrees} the trigger word “{_cut(word)}”.")
    first = first_word(post.message)
    if not first:
        return Answer(holds=False, saw="The post has no text, so no trigger word.")
    words = ", ".join(f"“{_cut(one)}”" for one in hook.trigger_words[:MOST_WORDS_SHOWN])
    more = " and others" if len(hook.trigger_words) > MOST_WORDS_SHOWN else ""
    return Answer(
        holds=False,
        saw=f"The first word, “{_cut(first)}”, {agrees} none of the trigger words: {words}{more}.",
    )


def _has_receivers(post: Post, hook: OutgoingWebhook) -> Answer:
    number = len(set(hook.callback_urls))
    if not number:
        return Answer(holds=False, saw="The webhook has no callback URL.")
    return Answer(
        holds=True,
        saw="1 callback URL hears of it." if number == 1 else f"{number} callback URLs hear of it.",
    )


def _cut(word: str) -> str:
    return word if len(word) <= LONGEST_SHOWN else f"{word[:LONGEST_SHOWN]}…"


OF_THE_POST = (
    Rule("switched_on", "Are outgoing webhooks switched on?", _is_switched_on),
    Rule("author", "Did a person or a bot write the post?", _is_of_a_person),
    Rule("public_channel", "Is it in a public channel?", _is_in_public),
)
RULES = (
    *OF_THE_POST,
    Rule("team", "Is it of the webhook's team?", _is_of_the_team),
    Rule("live", "Are the webhook and its team still there?", _is_live),
    Rule("creator", "Is its creator still there, where that is needed?", _has_its_creator),
    Rule("channel", "Does the webhook listen to the channel?", _is_in_its_channel),
    Rule("trigger_word", "Does the post begin as the webhook wants it?", _has_its_word),
    Rule("callback_urls", "Is there a callback URL to call?", _has_receivers),
)
