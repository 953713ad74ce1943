"""A tally: how many passwords were wrong in a while, and how long the next try waits.

Pure arithmetic on milliseconds; guesses.py keeps the tallies.
"""

import json
from dataclasses import astuple, dataclass, replace

FIRST_PAUSE_MS = 30_000
LONGEST_PAUSE_MS = 15 * 60_000
# A process that died while it compared a password took its mark along.
LONGEST_CHECK_MS = 10_000


class Paused(Exception):
    """No try before so many milliseconds."""

    def __init__(self, wait_ms: int) -> None:
        super().__init__(wait_ms)
        self.wait_ms = wait_ms


class Undecided(Exception):
    """As many passwords as may still be wrong are being compared right now."""


@dataclass(frozen=True)
class Tally:
    """`checks` passwords are being compared, until `checks_end_at` at the latest."""

    wrong: int = 0
    ends_at: int = 0
    paused_until: int = 0
    checks: int = 0
    checks_end_at: int = 0

    @classmethod
    def read(cls, text: str) -> "Tally":
        """A tally from its text; nothing is a new one."""
        return cls(*json.loads(text)) if text else cls()

    def __str__(self) -> str:
        return json.dumps(astuple(self))

    def at(self, now: int, *, window_ms: int) -> "Tally":
        """The tally at this moment: what lies before its window no longer counts."""
        current = self
        if now >= self.ends_at:
            current = replace(self, wrong=0, paused_until=0, ends_at=now + window_ms)
        return current if now < self.checks_end_at else replace(current, checks=0)

    def begin(self, *, now: int, most: int) -> "Tally":
        """One more password is compared; its outcome is counted by end(). Raises Paused or Undecided.

        Never more at once than may be wrong, so that a burst of guesses gets no further than a row of them.
        """
        if now < self.paused_until:
            raise Paused(self.paused_until - now)
        if self.checks >= max(1, most - self.wrong):
            raise Undecided
        return replace(self, checks=self.checks + 1, checks_end_at=now + LONGEST_CHECK_MS)

    def end(self, *, now: int, most: int, was_wrong: bool) -> "Tally":
        """It was right, or not compared at all, or wrong: then each one beyond `most` doubles the pause."""
        done = replace(self, checks=max(0, self.checks - 1))
        if not was_wrong:
            return done
        done = replace(done, wrong=done.wrong + 1)
        if done.wrong < most:
            return done
        pause = min(FIRST_PAUSE_MS << min(done.wrong - most, 10), LONGEST_PAUSE_MS)
        return replace(done, paused_until=now + pause)
