"""What may stand in our log: no secrets, whoever writes the line, and not the same line a thousand times."""

import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

HIDDEN = "[hidden]"
SELDOM_SECONDS = 10.0


def _in_any_spelling(word: str) -> str:
    """A pattern for a word of an address whose letters may be percent-encoded, even more than once."""
    return "".join(f"(?:{letter}|{_encoded(letter)})" for letter in word)


def _encoded(letter: str) -> str:
    codes = "|".join(sorted({f"{ord(one):02x}" for one in (letter.lower(), letter.upper())}))
    return f"%(?:25)*(?:{codes})"


_SLASH = f"(?:/|{_encoded('/')})"
_SENSITIVE = r"(?:token|secret|password|passwd|api_?key|signature|csrf|sessionid)[\w-]{0,20}"
_RULES = [
    # The rest of an address below /hooks: the id of an incoming webhook is all that it takes to call it.
    (rf"({_SLASH}{_in_any_spelling('hooks')}{_SLASH}+)[^\s\"'<>,;)\]}}]+", rf"\1{HIDDEN}"),
    # redis://:password@host, postgresql://user:password@host
    (r"(://[^\s/:@\"']*:)[^\s/\"']+@", rf"\1{HIDDEN}@"),
    # Authorization: Bearer x; Cookie: a=b; c=d
    (r"((?:authorization|cookie)[\"']?\s?[:=]\s?)[^\r\n]+", rf"\1{HIDDEN}"),
    (r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", rf"\1 {HIDDEN}"),
    # token=x in a query or a form, "token": "x" in JSON, 'password': 'x' in a dict of Python's
    (
        rf"({_SENSITIVE}[\"']?\s?[:=]\s?)(\"[^\"]*\"|'[^']*'|[^\s&;,\"')}}\]]+)",
        rf"\1{HIDDEN}",
    ),
    # A signing secret, wherever it stands.
    (r"\bwhsec_[\w+/=-]+", HIDDEN),
    # PostgreSQL's DETAIL: Key (token)=(x) already exists.
    (r"(key \([^)]{0,200}\)=)\([^)]*\)", rf"\1({HIDDEN})"),
    # An id of 26 letters alone may be a hook's or a session's; enough of it stays to tell two apart.
    (
        r"(?<!delivery )(?<!request )(?<!post )\b(?-i:([a-z0-9]{4})[a-z0-9]{18}([a-z0-9]{4}))\b",
        r"\1…\2",
    ),
]
_COMPILED = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in _RULES]


def without_secrets(text: str) -> str:
    """The text with hook addresses, tokens, cookies and passwords hidden; ids of 26 letters are shortened."""
    for pattern, instead in _COMPILED:
        text = pattern.sub(instead, text)
    return text


class DiscreetRecord(logging.LogRecord):
    """A log record that tells no secret, neither in its text nor in a traceback, whoever formats it."""

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """The text."""
        return without_secrets(super().getMessage())

    def __setattr__(self, name: str, value: Any) -> None:
        # Formatters keep the traceback that they have formatted here, and print what is here.
        if name in ("exc_text", "stack_info") and value:
            value = without_secrets(value)
        super().__setattr__(name, value)


def hide_secrets() -> None:
    """From now on nothing that this process logs, warns of or dies of tells a secret."""
    logging.setLogRecordFactory(DiscreetRecord)
    logging.captureWarnings(capture=True)
    sys.excepthook = _print_error
    threading.excepthook = lambda args: _print_error(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


class FirstLineOnly(logging.Filter):
    """Keeps the first line of a record and drops the rest.

    While the broker is away Celery's beat writes a whole stack with every message that it cannot send.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Shortens; never drops a record."""
        record.msg, record.args = record.getMessage().partition("\n")[0], ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


class Seldom:
    """Says something at most once in SELDOM_SECONDS; the next time it is said how often it was not."""

    def __init__(self, say: Callable[..., None]) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._say_again_at = 0.0
        self._unsaid = 0

    def __call__(self, text: str, *args: object) -> None:
        """Log the text, or count it."""
        with self._lock:
            if time.monotonic() < self._say_again_at:
                self._unsaid += 1
                return
            self._say_again_at = time.monotonic() + SELDOM_SECONDS
            unsaid, self._unsaid = self._unsaid, 0
        if unsaid:
            text, args = f"{text} (and %d times more since this was last said)", (*args, unsaid)
        self._say(text, *args)


def _print_error(
    kind: type[BaseException], error: BaseException, stack: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, stack)
    elif not issubclass(kind, SystemExit):
        text = "".join(traceback.format_exception(kind, error, stack))
        sys.stderr.write(without_secrets(text))
