"""JSON from strangers: read like Go reads it, and bounded before it can do harm."""

import json
from typing import Any

DEEPEST = 32
LARGEST_INTEGER = 2**63


class Unreadable(ValueError):
    """Not JSON, or JSON that no honest client sends; the text says what is wrong."""


def decode(body: bytes | str) -> Any:
    """The first JSON value in `body`; what follows it is ignored, a byte order mark too.

    Raises Unreadable for bad JSON, nesting beyond 32, integers beyond 64 bits, NaN and infinities.
    Bytes that are no UTF-8 and lone surrogates become U+FFFD.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    text = text.removeprefix("\ufeff").lstrip(" \t\r\n")
    _check_depth(text)
    try:
        value, _ = _decoder.raw_decode(text)
    except RecursionError as problem:
        raise Unreadable("nested too deeply") from problem
    except ValueError as problem:
        raise Unreadable(str(problem)) from problem
    return value


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    in_string = escaped = False
    for letter in text:
        if in_string:
            in_string = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"':
            in_string = True
        elif letter in "[{":
            depth += 1
            if depth > DEEPEST:
                raise Unreadable(f"nested more than {DEEPEST} deep")
        elif letter in "]}":
            depth -= 1


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -LARGEST_INTEGER <= int(digits) < 2 * LARGEST_INTEGER:
        raise Unreadable("an integer is beyond 64 bits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise Unreadable("a number is too large")
    return value


def _constant(word: str) -> float:
    raise Unreadable(f"{word} is not JSON")


_decoder = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_constant)
