"""When a delivery that failed is tried again."""

import pytest

from integrations.delivery import retries
from integrations.delivery.retries import Outcome
from mattermost_hooks.console.sections import Service

NOW = 1_700_000_000_000
PASSING = Outcome(delivered=False, retry=True)


@pytest.mark.parametrize("status", [200, 201, 204, 205, 206, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert retries.judge(status, {}, now=NOW).delivered


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_passing_trouble_is_worth_another_try(status: int) -> None:
    outcome = retries.judge(status, {}, now=NOW)

    assert (outcome.delivered, outcome.retry) == (False, True)


@pytest.mark.parametrize(
    "status", [301, 302, 304, 307, 308, 400, 401, 403, 404, 409, 410, 418, 422]
)
def test_refusals_and_redirects_are_final(status: int) -> None:
    outcome = retries.judge(status, {}, now=NOW)

    assert (outcome.delivered, outcome.retry) == (False, False)


def test_note_of_a_redirect_says_that_it_is_not_followed() -> None:
    assert "redirects are not followed" in retries.judge(302, {}, now=NOW).note


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "7", 7),
        (503, "120", 120),
        (429, "0", 0),
        (429, "999999999999999999999", 3600),
        (429, "Tue, 14 Nov 2023 22:14:20 GMT", 60),
        (429, "Tue, 14 Nov 2023 22:13:00 GMT", 0),
        (429, "Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        (429, "-5", 0),
        (429, "soon", 0),
        (429, "", 0),
        (429, "７", 0),
        (500, "7", 0),
    ],
)
def test_retry_after_is_honoured_for_429_and_503_up_to_an_hour(
    status: int, header: str, seconds: int
) -> None:
    assert retries.judge(status, {"retry-after": header}, now=NOW).retry_after == seconds


@pytest.mark.parametrize(
    ("attempt_count", "seconds"),
    [(1, 1), (2, 5), (3, 30), (4, 120), (5, 600), (6, 1800), (7, 3600), (12, 86400), (19, 86400)],
)
def test_delays_grow_from_a_second_to_a_day(attempt_count: int, seconds: int) -> None:
    delay = retries.delay_after(
        attempt_count=attempt_count, outcome=PASSING, most_attempts=20, chance=0.0
    )

    assert delay == seconds


def test_the_default_number_of_attempts_spans_three_days_and_more() -> None:
    most = Service().OutgoingWebhookMaxAttempts
    delays = [
        retries.delay_after(attempt_count=made, outcome=PASSING, most_attempts=most, chance=0.0)
        for made in range(1, most)
    ]

    assert sum(delay or 0 for delay in delays) >= 75 * 60 * 60


def test_only_410_says_that_a_receiver_is_gone() -> None:
    gone = [status for status in range(200, 600) if retries.judge(status, {}, now=NOW).is_gone]

    assert gone == [410]


def test_jitter_stretches_a_delay_by_up_to_a_fifth() -> None:
    delay = retries.delay_after(attempt_count=3, outcome=PASSING, most_attempts=20, chance=1.0)

    assert delay == 36


@pytest.mark.parametrize(("asked", "waits"), [(90, 90), (3, 30)])
def test_receiver_may_ask_for_more_time_but_not_for_less(asked: int, waits: int) -> None:
    outcome = Outcome(delivered=False, retry=True, retry_after=asked)
    delay = retries.delay_after(attempt_count=3, outcome=outcome, most_attempts=20, chance=0.0)

    assert delay == waits


@pytest.mark.parametrize(
    ("attempt_count", "outcome"),
    [
        (6, PASSING),
        (7, PASSING),
        (1, Outcome(delivered=False)),
        (1, Outcome(delivered=True)),
    ],
)
def test_there_is_no_next_time_after_the_last_attempt_a_refusal_or_success(
    attempt_count: int, outcome: Outcome
) -> None:
    delay = retries.delay_after(
        attempt_count=attempt_count, outcome=outcome, most_attempts=6, chance=0.5
    )

    assert delay is None


def test_one_attempt_means_no_retry_as_in_mattermost() -> None:
    delay = retries.delay_after(attempt_count=1, outcome=PASSING, most_attempts=1, chance=0.0)

    assert delay is None
