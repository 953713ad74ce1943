"""The log of calls: each call of an incoming webhook leaves a line for its owner (specification §2.12).

A line is made where the answer is, and written within a second by a thread of the process (notebook.py).
"""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import IntegerField, OuterRef, Subquery

from accounts.people.models import User
from channels_app.posts.models import Post
from mattermost_hooks import errors, statements
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError
from mattermost_hooks.log_lines import Seldom
from mattermost_hooks.records import first_ordered_id, is_id, new_ordered_id, now_ms

from . import hooks
from .models import (
    LONGEST_ERROR_ID,
    LONGEST_SOURCE,
    LONGEST_TEXT,
    STATUSES,
    IncomingCall,
    IncomingWebhook,
)
from .notebook import Notebook

# Of one hook; each process may be behind with cutting by STEP.
MOST_CALLS, STEP = 10_000, 1_000
MOST_HOOKS_COUNTED = 10_000
MOST_COUNTED = 1_000
DAY_MS = 24 * 60 * 60 * 1000

logger = logging.getLogger(__name__)
_say_that_a_hook_is_unknown = Seldom(logger.warning)


class Line(NamedTuple):
    """A row of IncomingCall before it is written."""

    id: str
    hook_id: str
    create_at: int
    source: str
    size: int
    status: int
    error_id: str = ""
    message: str = ""
    detail: str = ""
    post_id: str | None = None


def note_posted(*, hook_id: str, source: str, size: int, first: Post) -> None:
    """A call was answered `ok`. Takes microseconds and never raises.

    Its line bears the id of its first post, which tells the time too: to make one costs more than all the rest.
    """
    _notebook.add(
        Line(first.id, hook_id, now_ms(), source[:LONGEST_SOURCE], size, 200, post_id=first.id)
    )


def note_refused(*, hook_id: str, source: str, size: int, refusal: AppError) -> None:
    """A call was refused, by whatever part of the server. Takes microseconds and never raises.

    `hook_id` is what stands in the address: that there is such a hook is found out when the line is written.
    """
    if not is_id(hook_id):
        _say_unknown(source)
        return
    line = _line(
        hook_id=hook_id,
        source=source,
        size=size,
        status=refusal.status,
        error_id=refusal.id[:LONGEST_ERROR_ID],
        message=_storable(refusal.message),
        detail=_storable(refusal.detail),
    )
    _notebook.add(line)


def write_down() -> None:
    """Write what this process has noted, without waiting for its time."""
    _notebook.write_down()


def close() -> None:
    """Write the rest: the process is about to stop."""
    _notebook.close()


def of_hook(
    *, actor: User, hook: IncomingWebhook, before: str = "", outcome: str = "", limit: int
) -> list[IncomingCall]:
    """Calls of a hook for those who may manage it, newest first: those before the call `before` and with that
    outcome, if they are given.

    400 for a `before` that is no id and for an outcome that there is not; 501 while incoming webhooks are
    switched off.
    """
    hooks.KIND.require_enabled()
    hooks.KIND.require_managing(actor, hook)
    found = IncomingCall.objects.filter(hook=hook).order_by("-id")
    if before:
        if not is_id(before):
            raise errors.invalid_parameter("before", detail="before must be the id of a call")
        found = found.filter(id__lt=before)
    if outcome:
        if outcome not in STATUSES:
            detail = f"outcome must be {', '.join(STATUSES)} or blank"
            raise errors.invalid_parameter("outcome", detail=detail)
        found = found.filter(status__range=STATUSES[outcome])
    return list(found[:limit])


def counts_of_last_day(of: Collection[IncomingWebhook]) -> dict[str, int]:
    """Hook id → how many lines of its calls are from the last 24 hours; MOST_COUNTED + 1 if they are more."""
    since = first_ordered_id(now_ms() - DAY_MS)
    recent = IncomingCall.objects.filter(hook=OuterRef("id"), id__gte=since).order_by()
    asked = IncomingWebhook.objects.filter(id__in=[hook.id for hook in of])
    counted = asked.annotate(calls_counted=_CountOf(recent.values("id")[: MOST_COUNTED + 1]))
    return dict(counted.values_list("id", "calls_counted"))


def prune(*, most: int) -> int:
    """Delete calls that are older than the console says: at most so many, oldest first; how many it were."""
    kept_ms = get_config().DataRetentionSettings.IncomingCallRetentionDays * DAY_MS
    old = IncomingCall.objects.filter(id__lt=first_ordered_id(now_ms() - kept_ms)).order_by("id")
    ids = list(old.values_list("id", flat=True)[:most])
    IncomingCall.objects.filter(id__in=ids).delete()
    return len(ids)


class _CountOf(Subquery):
    """How many rows a query finds, which may be cut."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


# --- Writing ------------------------------------------------------------------------------------------

# Hook id → lines that this process has written since it last cut what the hook has too many.
_since_cut: dict[str, int] = {}


def _line(*, source: str, **said: Any) -> Line:
    return Line(id=new_ordered_id(), create_at=now_ms(), source=source[:LONGEST_SOURCE], **said)


def _storable(text: str) -> str:
    whole = text.replace("\0", "\ufffd").encode(errors="replace").decode()
    return whole[:LONGEST_TEXT]


def _write(lines: Sequence[Line], left_out: Mapping[str, int]) -> None:
    try:
        together = [*lines, *(_gap(hook_id, count) for hook_id, count in left_out.items())]
        unknown = _unknown({line.hook_id for line in together if line.post_id is None})
        known = [line for line in together if line.hook_id not in unknown]
        # What may fail again must come first: lines that are written are not to be written once more.
        for hook_id, count in Counter(line.hook_id for line in known).items():
            _cut(hook_id, count)
        statements.append(IncomingCall, Line._fields, known)
        for line in together:
            if line.hook_id in unknown:
                _say_unknown(line.source)
    finally:
        if not connection.in_atomic_block:
            connection.close()  # back to those who wait for one


def _unknown(hook_ids: set[str]) -> set[str]:
    if not hook_ids:
        return hook_ids
    return hook_ids - set(
        IncomingWebhook.objects.filter(id__in=hook_ids).values_list("id", flat=True)
    )


def _gap(hook_id: str, count: int) -> Line:
    words = f"Calls that are not listed, since they came faster than they could be written: {count}"
    return _line(hook_id=hook_id, source="", size=0, status=0, message=words)


def _cut(hook_id: str, written: int) -> None:
    """Delete what the hook has beyond MOST_CALLS, when it was not looked at for a STEP or by this process."""
    if len(_since_cut) >= MOST_HOOKS_COUNTED:
        _since_cut.clear()
    since = _since_cut.get(hook_id, STEP) + written
    _since_cut[hook_id] = since
    if since < STEP:
        return
    of_hook = IncomingCall.objects.filter(hook=hook_id)
    newest_first = of_hook.order_by("-id").values_list("id", flat=True)
    if surplus := newest_first[MOST_CALLS : MOST_CALLS + 1]:
        of_hook.filter(id__lte=surplus[0]).delete()
    _since_cut[hook_id] = 0


def _say_unknown(source: str) -> None:
    _say_that_a_hook_is_unknown(
        "A webhook that does not exist was called from %s", source or "an unknown address"
    )


_notebook: Notebook[Line] = Notebook(_write)
