"""Loud log records are cut to what a reader needs."""

import logging
import sys

from mattermost_hooks.log_lines import FirstLineOnly


def test_a_stack_in_a_record_is_cut_to_its_first_line() -> None:
    try:
        raise ConnectionError("no broker")
    except ConnectionError:
        failure = sys.exc_info()
    record = logging.LogRecord("beat", 40, "", 1, "%s\n%s", ("no broker", "stack"), failure)
    assert FirstLineOnly().filter(record)
    assert logging.Formatter("%(message)s").format(record) == "no broker"
