"""The supervisor with small shell programs."""

import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from mattermost_hooks import supervisor
from mattermost_hooks.supervisor import Program
from tests import running


def program(script: str, folder: Path, **more: Any) -> Program:
    return Program("broken", ["sh", "-c", script], os.environ, folder=folder, **more)


def test_program_that_always_ends_at_once_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "LOOK_EVERY_SECONDS", 0.01)
    broken = program("exit 3", tmp_path)
    with pytest.raises(supervisor.GivenUp, match="broken ended with exit code 3, 6 times in a row"):
        supervisor.keep_running([broken], until=threading.Event())


def test_program_that_others_can_do_without_takes_none_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.0)
    runs = tmp_path / "runs"
    broken = program(f"echo run >> {runs}; exit 3", tmp_path, is_vital=False)

    def is_given_up() -> bool:
        broken.look_after()
        return "is not started again" in caplog.text

    running.wait_for(is_given_up)
    broken.look_after()
    assert not broken.is_running
    assert len(runs.read_text().split()) == supervisor.MOST_QUICK_ENDS


@pytest.mark.parametrize(("ends", "seconds"), [(1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (99, 30)])
def test_pauses_between_starts_grow(ends: int, seconds: float) -> None:
    assert supervisor.pause_after(ends) == seconds


def test_program_that_ran_well_for_long_is_never_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "HEALTHY_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(supervisor, "LOOK_EVERY_SECONDS", 0.001)
    runs = tmp_path / "runs"
    stop = threading.Event()
    ending = program(f"echo run >> {runs}", tmp_path)

    def watch() -> None:
        running.wait_for(lambda: runs.exists() and len(runs.read_text().split()) >= 10)
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    supervisor.keep_running([ending], until=stop)
    supervisor.stop([ending])
    assert len(runs.read_text().split()) >= 10


def test_stop_kills_what_does_not_listen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_WITHIN_SECONDS", 0.5)
    deaf = program("trap '' TERM; touch ready; while :; do sleep 1; done", tmp_path)
    deaf.start()
    running.wait_for((tmp_path / "ready").exists)
    supervisor.stop([deaf])
    assert not deaf.is_running


def test_lines_are_shown_under_the_name_but_for_unwanted_ones(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = "echo WARNING of no use; echo hello"
    speaker = program(script, tmp_path, unwanted=re.compile("WARNING of"))
    speaker.start()
    shown: list[str] = []

    def says_hello() -> bool:
        shown.append(capfd.readouterr().out)
        return "hello" in "".join(shown)

    running.wait_for(says_hello)
    assert "".join(shown) == "broken | hello\n"
