"""Bodies of type multipart/form-data: the text fields in them."""

import logging
import re
from collections.abc import Iterator

from mattermost_hooks.lenient_json import text_of

from . import media_type

MOST_PARTS = 100

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_DISPOSITION = re.compile(r"^content-disposition:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)

logger = logging.getLogger(__name__)


def text_fields(body: bytes, boundary: str) -> dict[str, str]:
    """The text fields by name, of equal names the last; files and nameless parts are left out.

    ValueError when the body is not cut by this boundary to its end, or into too many parts.
    """
    fields = {}
    for count, part in enumerate(_parts(body, boundary), start=1):
        if count > MOST_PARTS:
            raise ValueError(f"more than {MOST_PARTS} parts")
        blank_line = _BLANK_LINE.search(part)
        if blank_line is None:
            raise ValueError("a part has no blank line after its headers")
        name = _field_name(text_of(part[: blank_line.start()]))
        if name is None:
            logger.info("Ignored a part of a multipart call: a file or nameless")
        else:
            fields[name] = text_of(part[blank_line.end() :])
    return fields


def _parts(body: bytes, boundary: str) -> Iterator[bytes]:
    if not boundary:
        raise ValueError("no boundary")
    mark = re.escape(boundary.encode("latin-1", errors="replace"))
    start = None
    for found in re.finditer(rb"(?:\A|\r?\n)--" + mark + rb"(--)?+[ \t]*+(?=\r?\n|\Z)", body):
        if start is not None:
            yield body[start : found.start()]
        if found[1]:
            return
        start = found.end()
    raise ValueError("the boundary is missing" if start is None else "the last boundary is missing")


def _field_name(headers: str) -> str | None:
    found = _DISPOSITION.search(headers.strip())
    try:
        disposition = media_type.parse(found[1] if found else "")
    except ValueError:
        return None
    is_text = disposition.name == "form-data" and "filename" not in disposition.parameters
    return disposition.parameters.get("name") if is_text else None
