"""Lines are written soon and in batches, nobody waits for them, and none is lost without a word."""

import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest
from django.db import OperationalError

from integrations.incoming import notebook
from integrations.incoming.notebook import Notebook

PATIENCE = 20.0


class Line(NamedTuple):
    hook_id: str
    number: int = 0


class Page:
    """What a notebook writes on: takes lines, hangs, or is away."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.batches = 0
        self.left_out: Counter[str] = Counter()
        self.problems: list[Exception] = []
        self.is_written = threading.Event()

    def write(self, lines: Sequence[Line], left_out: Mapping[str, int]) -> None:
        if self.problems:
            raise self.problems.pop(0)
        self.lines += lines
        self.batches += 1
        self.left_out.update(left_out)
        self.is_written.set()


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def unattended(page: Page, monkeypatch: pytest.MonkeyPatch) -> Notebook[Line]:
    """A notebook that writes when it is told to."""
    made = Notebook(page.write)
    monkeypatch.setattr(made, "_ensure_thread", lambda: None)
    return made


def test_a_thread_writes_what_is_gathered_in_order(page: Page) -> None:
    made = Notebook(page.write)
    for number in range(3):
        made.add(Line("hook", number))
    assert page.is_written.wait(PATIENCE)
    made.close()
    assert [line.number for line in page.lines] == [0, 1, 2]
    assert page.batches == 1


def test_the_thread_goes_on_after_whatever_happened(page: Page) -> None:
    page.problems = [OperationalError("away"), LookupError("a bug")]
    made = Notebook(page.write)
    made.add(Line("hook"))
    assert page.is_written.wait(PATIENCE)
    assert (page.lines, page.left_out) == ([], {"hook": 1})
    made.add(Line("hook"))
    made.close()
    assert len(page.lines) == 1


def test_many_threads_lose_nothing(page: Page) -> None:
    made = Notebook(page.write)

    def add_many(thread: int) -> None:
        for number in range(1000):
            made.add(Line(str(thread), number))

    threads = [threading.Thread(target=add_many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made.close()
    assert sorted(page.lines) == [
        Line(str(one), number) for one in range(4) for number in range(1000)
    ]


def test_what_waits_for_the_database_is_written_later_and_once(
    page: Page,
    unattended: Notebook[Line],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page.problems = [OperationalError("away")]
    monkeypatch.setattr(notebook, "_say_that_it_must_wait", notebook.logger.warning)
    unattended.add(Line("hook", 1))
    with caplog.at_level(logging.WARNING):
        assert not unattended.write_down()
    unattended.add(Line("hook", 2))
    assert unattended.write_down()
    assert unattended.write_down()
    assert [line.number for line in page.lines] == [1, 2]
    assert "wait to be written: away" in caplog.text


def test_what_is_too_much_is_counted_for_its_owner(
    page: Page, unattended: Notebook[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "MOST_LINES", 3)
    for number in range(5):
        unattended.add(Line("busy", number))
    unattended.add(Line("quiet"))
    unattended.write_down()
    assert [line.number for line in page.lines] == [0, 1, 2]
    assert page.left_out == {"busy": 2, "quiet": 1}


def test_lines_that_come_while_others_wait_are_counted_too(
    page: Page, unattended: Notebook[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "MOST_LINES", 2)
    page.problems = [OperationalError("away")]
    write = page.write

    def write_late(lines: Sequence[Line], left_out: Mapping[str, int]) -> None:
        if page.problems:
            unattended.add(Line("late"))  # while this batch is on its way
        write(lines, left_out)

    monkeypatch.setattr(unattended, "_write", write_late)
    unattended.add(Line("hook", 1))
    unattended.add(Line("hook", 2))
    unattended.write_down()
    unattended.write_down()
    assert len(page.lines) == 2
    assert len(page.lines) + page.left_out.total() == 3


def test_counts_of_too_many_owners_are_told_in_the_log(
    unattended: Notebook[Line], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notebook, "MOST_LINES", 1)
    monkeypatch.setattr(notebook, "_say_that_one_is_left_out", notebook.logger.error)
    with caplog.at_level(logging.ERROR):
        for number in range(4):
            unattended.add(Line(f"hook{number}"))
    assert "A line about a call is lost" in caplog.text
    assert "hook3" not in caplog.text


def test_a_bug_costs_a_batch_and_says_so(
    page: Page,
    unattended: Notebook[Line],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page.problems = [LookupError("a bug")]
    monkeypatch.setattr(notebook, "_say_that_it_failed", notebook.logger.exception)
    unattended.add(Line("hook"))
    unattended.write_down()
    unattended.write_down()
    assert (page.lines, page.left_out) == ([], {"hook": 1})
    assert "Lines about calls that could not be written: 1" in caplog.text


def test_what_is_counted_stays_bounded_however_often_it_fails(
    page: Page, unattended: Notebook[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "MOST_LINES", 3)
    for number in range(10):
        page.problems = [LookupError("a bug") if number % 2 else OperationalError("away")]
        for other in range(3):
            unattended.add(Line(f"hook{number}.{other}"))
        unattended.write_down()
    unattended.write_down()
    unattended.write_down()
    assert 0 < len(page.left_out) <= 3


def test_the_end_writes_the_rest_or_says_what_is_lost(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    made = Notebook(page.write)
    made.add(Line("hook"))
    made.close()
    assert len(page.lines) == 1
    other = Notebook(page.write)
    page.problems = [OperationalError("away") for _ in range(100)]
    other.add(Line("hook"))
    other.close()
    assert "Lines about calls that are lost with this process: 1" in caplog.text


def test_where_no_thread_can_start_lines_are_kept_and_nothing_is_raised(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Notebook(page.write)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", _refuse)
        made.add(Line("hook", 1))
    made.add(Line("hook", 2))
    assert page.is_written.wait(PATIENCE)
    made.close()
    assert [line.number for line in page.lines] == [1, 2]


def _refuse(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
