"""JSON of strangers: read leniently, and never more than can be stored (specification §0, §2.2)."""

import codecs
import json
import logging
import re
from typing import NoReturn

# The depth keeps decoding and everything that walks the result from running out of stack.
DEEPEST = 32
LONGEST_INTEGER = 20
LEAST_INTEGER, GREATEST_INTEGER = -(2**63), 2**64 - 1
LONGEST_QUOTE = 40

BOM = "\ufeff"
_REPLACEMENT = "\ufffd"
BLANKS = " \t\n\r"
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
# Control characters other than tab, newline and carriage return.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_DUBIOUS_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

logger = logging.getLogger(__name__)


class Undecodable(ValueError):
    """This is no JSON, or JSON that cannot be kept; the text says what and where."""


def decode(body: bytes | str) -> object:
    """The first JSON value in `body`; what follows it is ignored.

    Put right: a byte order mark, bytes that are not UTF-8 and lone surrogates (U+FFFD), NULs (removed), and
    raw newlines, tabs and carriage returns inside strings. Refused with Undecodable: everything else that is
    not JSON, more than 32 levels, integers beyond 64 bits, NaN and infinite numbers.
    """
    return _first_value(text_of(body).removeprefix(BOM))[0]


def decode_whole(body: bytes | str) -> object:
    """The same for a body that is one JSON value and nothing else; Undecodable if something follows it."""
    text = text_of(body).removeprefix(BOM)
    value, end = _first_value(text)
    if text[end:].strip(BLANKS):
        raise Undecodable(f"something follows the JSON at character {end + 1}")
    return value


def storable(text: str) -> str:
    """The text without NULs, which no database keeps, and with U+FFFD for lone surrogates."""
    if "\0" in text:
        logger.info("Removed NUL characters from a payload")
    return _SURROGATE.sub(_REPLACEMENT, text.replace("\0", ""))


def text_of(body: bytes | str) -> str:
    """UTF-8 as text; each wrong byte becomes one U+FFFD."""
    if isinstance(body, str):
        body = body.encode(errors="surrogatepass")
    return body.decode(errors="replace_each_byte")


def _replace_each_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _REPLACEMENT * (error.end - error.start), error.end


codecs.register_error("replace_each_byte", _replace_each_byte)


def _first_value(text: str) -> tuple[object, int]:
    start = len(text) - len(text.lstrip(BLANKS))
    _check_depth(text, start)
    try:
        value, end = _STRICT.raw_decode(text, start)
    except json.JSONDecodeError as error:
        value, end = _decode_repaired(text, start, error)
    return (_clean(value) if _DUBIOUS_ESCAPE.search(text) else value), end


def _check_depth(text: str, start: int) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text, start):
        mark = text[found.start()]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
            if depth <= 0:
                return
        if depth > DEEPEST:
            raise Undecodable(f"nested deeper than {DEEPEST} levels")


def _decode_repaired(text: str, start: int, error: json.JSONDecodeError) -> tuple[object, int]:
    if not _CONTROL.search(text):
        try:
            return _UNESCAPED.raw_decode(text, start)
        except json.JSONDecodeError as again:
            error = again
    raise Undecodable(
        f"not JSON: {error.msg} in line {error.lineno} column {error.colno}"
    ) from error


def _clean(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def _integer(digits: str) -> int:
    # Counted first: to convert a number takes time by the square of its length.
    if (
        len(digits) <= LONGEST_INTEGER
        and LEAST_INTEGER <= (number := int(digits)) <= GREATEST_INTEGER
    ):
        return number
    raise Undecodable(f"the number {_quoted(digits)} does not fit into 64 bits")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Undecodable(f"the number {_quoted(digits)} is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise Undecodable(f"{name} is no JSON number")


def _quoted(digits: str) -> str:
    return digits if len(digits) <= LONGEST_QUOTE else digits[:LONGEST_QUOTE] + "…"


def _decoder(*, strict: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant, strict=strict
    )


_STRICT = _decoder(strict=True)
_UNESCAPED = _decoder(strict=False)
