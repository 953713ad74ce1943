"""Emoji by name. The names stand in emoji.json: those of the emoji-datasource and gemoji tables."""

import functools
import json
from pathlib import Path

# A name between colons, with a border on both sides: times, addresses and "a:key:b" hold none. Next to
# letters of languages that write no blanks it does.
PATTERN = r"(?<![A-Za-z0-9_]):[A-Za-z0-9_+-]{1,64}+:(?![A-Za-z0-9_])"

_NAMES = Path(__file__).with_name("emoji.json")


def character(name: str) -> str | None:
    """The character of an emoji, named as "tada" or ":tada:"; None when nobody knows the name."""
    return _characters().get(name.strip(":"))


def file_name(name: str) -> str | None:
    """The name of an emoji's picture: its code points in hex, joined by "-"."""
    found = character(name)
    return found and "-".join(f"{ord(part):x}" for part in found)


def picture(name: str) -> str | None:
    """The address of an emoji's picture, below the path that the server stands at."""
    found = file_name(name)
    return found and f"/emoji/{found}.svg"


@functools.cache
def _characters() -> dict[str, str]:
    names: dict[str, str] = json.loads(_NAMES.read_text(encoding="utf-8"))
    return names
