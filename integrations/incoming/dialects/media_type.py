"""Headers such as Content-Type: a word and its parameters."""

import re
from dataclasses import dataclass

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_NAME = re.compile(rf"\s*+({_WORD}(?:/{_WORD})?+)\s*+(?=;|\Z)")
_PARAMETER = re.compile(rf'\s*+;\s*+({_WORD})\s*+=\s*+(?:({_WORD})|"((?:[^"\\]|\\.)*+)")')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class MediaType:
    """The word in lower case, such as `multipart/form-data`, and its parameters by lower-case name."""

    name: str
    parameters: dict[str, str]


def parse(header: str) -> MediaType:
    """Read a header. ValueError when there is no proper word or one parameter with two values.

    When a parameter is malformed there are none at all, as in Mattermost (specification §2.2).
    """
    name = _NAME.match(header)
    if name is None:
        raise ValueError("no media type")
    parameters: dict[str, str] = {}
    position = name.end()
    while found := _PARAMETER.match(header, position):
        value = found[2] if found[2] is not None else _ESCAPED.sub(r"\1", found[3])
        if parameters.setdefault(found[1].lower(), value) != value:
            raise ValueError(f"two values of {found[1]}")
        position = found.end()
    if header[position:].strip(" \t;"):
        parameters = {}
    return MediaType(name[1].lower(), parameters)
