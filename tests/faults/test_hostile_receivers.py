"""Receivers that do their worst: every call ends in time, says why, and leaves the process as it was."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.faults import receiver
from tests.faults.hostile_calls import End
from tests.faults.receiver import FaultReceiver

SECONDS = 1.5  # what calls have to receivers that are too slow
MUCH_TIME = 60.0  # and all others, which end for another reason
# A machine that is busy may be late; who keeps no deadline is later than that, or never ends.
LATE_SECONDS = 10.0
MOST_GROWTH_BYTES = 10_000_000

IN_TIME = {
    "http/hangs": "The receiver did not answer in time.",
    "http/hangs_in_body": "The receiver began its answer but did not finish it in time.",
    "http/drips_headers": "The receiver began its answer but did not finish it in time.",
    "http/drips_body": "The receiver began its answer but did not finish it in time.",
    "http/drips_chunk": "The receiver began its answer but did not finish it in time.",
    "https/drips_body": "The receiver began its answer but did not finish it in time.",
    "https/hangs": "The receiver did not answer in time.",
    "never_accepts/well": "The receiver did not accept the connection in time.",
    "tls_hangs/well": "The receiver did not finish the TLS handshake in time.",
    "tls_begins/well": "The receiver did not finish the TLS handshake in time.",
}
AT_ONCE = {
    "http/endless_body": "The receiver answered more than 1 MiB.",
    "https/endless_body": "The receiver answered more than 1 MiB.",
    "http/endless_chunks": "The receiver answered more than 1 MiB.",
    "http/endless_chunk_size": "The receiver's answer has a line longer than 64 KiB.",
    "http/gzip_bomb": "The receiver answered more than 1 MiB.",
    "http/many_headers": "The receiver's answer has more than 100 headers.",
    "http/large_headers": "The receiver's answer has more than 128 KiB of headers.",
    "http/endless_header": "The receiver's answer has a line longer than 64 KiB.",
    "http/interim_for_ever": "The receiver's answer has more than 128 KiB of headers.",
    "http/hints_for_ever": "The receiver's answer has more than 128 KiB of headers.",
    "http/closes": "The receiver closed the connection without an answer.",
    "http/resets": "The receiver broke off the connection.",
    "http/ends_in_headers": "The receiver's answer ended before it was complete.",
    "http/ends_in_body": "The receiver's answer ended before it was complete.",
    "http/no_http": "The receiver did not answer in HTTP.",
    "http/no_status": "The receiver did not answer in HTTP.",
    "http/http_9": "The receiver answered in an unknown version of HTTP.",
    "http/bad_chunk": "The receiver did not answer in valid HTTP.",
    "http/bad_gzip": "The receiver's answer is not valid gzip.",
    "refuses/well": "The receiver does not accept connections.",
    "tls_expired/well": "The receiver's certificate is not accepted: certificate has expired.",
    "tls_other_name/well": "The receiver's certificate is not accepted: IP address mismatch, "
    "certificate is not valid for '127.0.0.1'.",
    "tls_untrusted/well": "The receiver's certificate is not accepted: self-signed certificate.",
    "tls_alert/well": "No secure connection to the receiver: TLS failed, sslv3 alert handshake failure.",
    "tls_is_http/well": "No secure connection to the receiver: it does not speak TLS.",
}
ANSWERS = {
    "http/well": 200,
    "https/well": 200,
    "http/replies": 200,
    "http/late/0.1": 200,
    "http/status/503": 503,
    "http/redirects_to_itself": 307,
    "http/redirects_to_metadata": 302,
}
TWICE = ["http/closes_kept", "http/half_kept"]
CALLS = [*IN_TIME, *AT_ONCE, *ANSWERS, *(call for call in TWICE for _ in range(2))]


@dataclass(frozen=True)
class Outcome:
    """How every call ended, by how much the process grew, and what the receiver saw."""

    ends: list[End]
    growth: int
    seen: list[tuple[str, str]]

    def of(self, call: str, *, turn: int = 0) -> End:
        """How that call ended the first time, or a later one."""
        return self.ends[CALLS.index(call) + turn]

    def visits(self, call: str, *, turn: int = 0) -> int:
        """How often that delivery came to the receiver."""
        return self.seen.count(2 * (f"post{CALLS.index(call) + turn}",))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """The client has called a fault receiver in every way."""
    with receiver.started(tmp_path_factory.mktemp("receiver")) as hostile:
        command = [sys.executable, "-m", "tests.faults.hostile_calls", str(hostile.trusted)]
        command += [hostile.url("/large"), *(_timed(hostile, call) for call in CALLS)]
        ended = subprocess.run(command, cwd=receiver.ROOT, capture_output=True, check=True)
        result = json.loads(ended.stdout)
        ends = [End(**end) for end in result["ends"]]
        yield Outcome(ends, result["growth"], hostile.seen())


def _timed(hostile: FaultReceiver, call: str) -> str:
    port, _, path = call.partition("/")
    return f"{SECONDS if call in IN_TIME else MUCH_TIME},{hostile.url(f'/{path}', port)}"


@pytest.mark.parametrize("call", IN_TIME)
def test_who_is_too_slow_is_left_at_the_deadline(outcome: Outcome, call: str) -> None:
    end = outcome.of(call)
    assert (end.kind, end.message) == ("timeout", IN_TIME[call])
    assert SECONDS - 0.05 <= end.seconds <= SECONDS + LATE_SECONDS


@pytest.mark.parametrize("call", AT_ONCE)
def test_who_is_wrong_or_sends_too_much_is_left_with_words_that_say_so(
    outcome: Outcome, call: str
) -> None:
    assert outcome.of(call).message == AT_ONCE[call]


@pytest.mark.parametrize("call", ANSWERS)
def test_an_answer_is_one_and_is_asked_for_once(outcome: Outcome, call: str) -> None:
    assert outcome.of(call).status == ANSWERS[call]
    assert outcome.visits(call) == 1


def test_a_kept_connection_that_closes_with_the_request_costs_nothing_but_a_second_visit(
    outcome: Outcome,
) -> None:
    ends = [outcome.of("http/closes_kept", turn=turn) for turn in range(2)]
    assert [end.status for end in ends] == [200, 200]
    assert outcome.visits("http/closes_kept", turn=1) == 2


def test_a_kept_connection_that_closes_within_the_answer_is_no_reason_to_ask_again(
    outcome: Outcome,
) -> None:
    assert outcome.of("http/half_kept").status == 200
    assert outcome.of("http/half_kept", turn=1).message == "The receiver did not answer in HTTP."
    assert outcome.visits("http/half_kept", turn=1) == 1


def test_no_receiver_makes_the_process_grow(outcome: Outcome) -> None:
    assert outcome.growth < MOST_GROWTH_BYTES


def test_the_receiver_tells_apart_what_it_saw(tmp_path: Path) -> None:
    with receiver.started(tmp_path) as hostile:
        assert hostile.seen() == []
        _deliver(hostile, "form", b"token=t&post_id=p1", "application/x-www-form-urlencoded")
        _deliver(hostile, "json", b'{"post_id": "p2"}', "application/json")
        _deliver(hostile, "none", b"", "text/plain")
        assert hostile.seen() == [("form", "p1"), ("json", "p2"), ("none", "")]


def _deliver(hostile: FaultReceiver, name: str, body: bytes, content_type: str) -> None:
    headers = {"Webhook-Id": name, "Content-Type": content_type}
    assert requests.post(hostile.url("/well"), body, headers=headers, timeout=30).ok
