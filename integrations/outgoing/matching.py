"""Finds the outgoing webhooks that a post may fire, at a cost that does not grow with those it does not.

Each process keeps an index of a team's webhooks by what they listen to. It is a sieve that lets through every
webhook that fires, and seldom another one; rules.py decides. It holds no more than ids, so ten thousand of them
are read quickly; the webhooks that it finds are remembered each for itself. So it is read anew when somebody
makes a webhook or changes what is said of one, not for a new token, address or deletion.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from channels_app.posts.models import Post
from mattermost_hooks import process_cache

from . import rules
from .models import EXACT, STARTS_WITH, OutgoingWebhook

# What stands in a key for all channels, and for a hook that hears every post of its channel.
ANYWHERE = EVERY_POST = ""

Key = tuple[str, int, str]

_reading = threading.Lock()


@dataclass(frozen=True)
class Index:
    """Where a team's hooks listen: channel, way of comparing and trigger word → their ids, each with its age.

    `lengths` are those of the words that a first word may begin with: however many hooks there are, no more
    than the bytes that trigger words may have together (hooks.LONGEST_LIST_BYTES).
    """

    listeners: Mapping[Key, list[tuple[int, str]]]
    lengths: tuple[int, ...]

    def find(self, channel_id: str, first_word: str) -> list[str]:
        """Ids of the hooks that a post with this first word in that channel may fire, oldest hook first."""
        found = set(self.listeners.get((channel_id, EXACT, EVERY_POST), ()))
        beginnings = [first_word[:length] for length in self.lengths if length <= len(first_word)]
        for where in (channel_id, ANYWHERE):
            found.update(self.listeners.get((where, EXACT, first_word), ()))
            for beginning in beginnings:
                found.update(self.listeners.get((where, STARTS_WITH, beginning), ()))
        return [hook_id for _, hook_id in sorted(found)]


def candidates(post: Post) -> Iterator[OutgoingWebhook]:
    """The hooks that a post in a channel of a team may fire, oldest first; shared rows (process_cache)."""
    for hook_id in _index(post.channel.team_id or "").find(
        post.channel_id, rules.first_word(post.message)
    ):
        if hook := _find_shared(hook_id):
            yield hook


def team_subject(team_id: str) -> process_cache.Subject:
    """What whoever makes a hook, or changes what one listens to, makes all processes forget."""
    return "outgoing_hooks", team_id


def hook_subject(hook_id: str) -> process_cache.Subject:
    """What whoever changes anything of a hook makes all processes forget."""
    return "outgoing_hook", hook_id


def index_of(hooks: Iterable[tuple[str, str | None, list[str], int]]) -> Index:
    """The index of hooks, oldest first: id, channel, trigger words, way of comparing."""
    listeners: dict[Key, list[tuple[int, str]]] = defaultdict(list)
    lengths = set()
    for age, (hook_id, channel_id, words, trigger_when) in enumerate(hooks):
        where = channel_id or ANYWHERE
        for word in words:
            listeners[where, trigger_when, word].append((age, hook_id))
            if trigger_when == STARTS_WITH:
                lengths.add(len(word))
        if not words:
            listeners[where, EXACT, EVERY_POST].append((age, hook_id))
    return Index(dict(listeners), tuple(sorted(lengths)))


def _index(team_id: str) -> Index:
    def load_alone() -> Index:
        # Whoever comes while a thread reads ten thousand hooks waits for that, and reads nothing.
        with _reading:
            return process_cache.remember(team_subject(team_id), lambda: _load(team_id))

    return process_cache.remember(team_subject(team_id), load_alone)


def _load(team_id: str) -> Index:
    live = OutgoingWebhook.objects.filter(team=team_id, delete_at=0).order_by("create_at", "id")
    # Read as text: to decode ten thousand values, Django takes as long as all the rest.
    as_text = live.annotate(words=Cast("trigger_words", TextField()))
    rows = as_text.values_list("id", "channel_id", "words", "trigger_when")
    return index_of((id, channel, orjson.loads(words), when) for id, channel, words, when in rows)


def _find_shared(hook_id: str) -> OutgoingWebhook | None:
    def load() -> OutgoingWebhook | None:
        return OutgoingWebhook.objects.filter(id=hook_id).first()

    return process_cache.remember(hook_subject(hook_id), load)
