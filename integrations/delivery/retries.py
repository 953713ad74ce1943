"""When a delivery that failed is tried again. Pure: no clock, no chance, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

# Seconds before the second, third … try, three days and some hours in all; the last one repeats.
HOUR = 3600
DELAYS = (1, 5, 30, 120, 600, 1800, HOUR, *(hours * HOUR for hours in (2, 4, 8, 12, 24, 24)))
# A delay is stretched by up to a fifth, so that rows that failed together do not return together.
JITTER = 0.2
LONGEST_RETRY_AFTER_SECONDS = 3600

PASSING_4XX = frozenset({408, 425, 429})
GONE = 410
WITH_RETRY_AFTER = frozenset({429, 503})


@dataclass(frozen=True)
class Outcome:
    """What came of one try: delivered, worth another try, or neither; `note` is for people.

    `retry_after` are the seconds that the receiver asked to be left alone; `is_gone` if it wants no more at
    all; `is_ours` if we failed, and nothing can be said of the receiver.
    """

    delivered: bool = False
    retry: bool = False
    retry_after: int = 0
    is_gone: bool = False
    is_ours: bool = False
    note: str = ""

    @property
    def word(self) -> str:
        """What to count it as."""
        if self.delivered:
            return "delivered"
        return "failed" if self.retry else "refused"

    @property
    def answered(self) -> bool:
        """Did the receiver answer as a server does that is well, if only to refuse?"""
        return self.delivered or not self.retry


def judge(status: int, headers: Mapping[str, str], *, now: int) -> Outcome:
    """What an answer means (`now` in ms). Only 2xx is success; redirects are not followed.

    Worth another try are 5xx and those of 4xx that speak of a passing state.
    """
    if 200 <= status < 300:
        return Outcome(delivered=True)
    if 300 <= status < 400:
        return Outcome(
            note=f"The receiver answered {status}; redirects are not followed. "
            "Give the webhook the final address.",
        )
    asked = headers.get("retry-after", "") if status in WITH_RETRY_AFTER else ""
    return Outcome(
        retry=status >= 500 or status in PASSING_4XX,
        retry_after=_seconds(asked, now),
        is_gone=status == GONE,
        note=f"The receiver answered {status}.",
    )


def delay_after(
    *, attempt_count: int, outcome: Outcome, most_attempts: int, chance: float
) -> float | None:
    """Seconds until the next try after that many attempts; None for never.

    `chance` between 0 and 1 chooses the jitter, which only adds. What the receiver asked for is honoured, up
    to an hour.
    """
    if outcome.delivered or not outcome.retry or attempt_count >= most_attempts:
        return None
    delay = DELAYS[min(attempt_count, len(DELAYS)) - 1] * (1 + JITTER * chance)
    return max(delay, float(outcome.retry_after))


def _seconds(retry_after: str, now: int) -> int:
    """Retry-After is a number of seconds or a date; nonsense and the past count as 0."""
    if retry_after.isascii() and retry_after.isdigit():
        seconds = int(retry_after[:9])
    else:
        try:
            seconds = round(parsedate_to_datetime(retry_after).timestamp() - now / 1000)
        except (ValueError, OverflowError):
            seconds = 0
    return min(max(seconds, 0), LONGEST_RETRY_AFTER_SECONDS)
