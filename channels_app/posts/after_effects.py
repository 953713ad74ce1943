"""What a new post brings about: one list of what is stored with it, one of what happens afterwards.

What is stored are rows that are only inserted, worked out before the transaction begins. So nothing that
a post brings about can lock a row of others, and none of it is lost: post and rows are stored together or
not at all. What stands above adds its own in the `ready()` of its app.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Model

from channels_app.events import hints

from .models import Post

logger = logging.getLogger(__name__)

Rows = Sequence[Model]
OwedRows = Callable[[Post], Iterable[Model]]
AfterCommit = Callable[[Post, Rows], None]


@dataclass
class _Effects:
    in_transaction: list[OwedRows]
    after_commit: list[AfterCommit]


_effects = _Effects(
    in_transaction=[],
    after_commit=[lambda post, _: hints.announce(post.channel_id, post.id)],
)


def add(*, in_transaction: OwedRows, after_commit: AfterCommit | None = None) -> None:
    """Register what else a post brings about.

    `in_transaction` answers the rows to insert with the post, before its transaction begins; what it
    raises prevents the post. `after_commit` gets the post and all of its rows; what it raises is logged.
    """
    _effects.in_transaction.append(in_transaction)
    if after_commit is not None:
        _effects.after_commit.append(after_commit)


def rows_owed(post: Post) -> list[Model]:
    """What must be stored together with the post."""
    return [row for owed in _effects.in_transaction for row in owed(post)]


def follow(post: Post, rows: Rows) -> None:
    """Have the rest happen once the transaction at hand is committed, at once if there is none."""
    transaction.on_commit(partial(_follow, post, rows))


def _follow(post: Post, rows: Rows) -> None:
    for effect in _effects.after_commit:
        try:
            effect(post, rows)
        except Exception:  # the post is stored, and whoever wrote it must hear that
            logger.exception("An after-effect of post %s failed", post.id)
