"""How far a line is indented: blanks count one column each, tabs four (specification §9)."""

import re

BLANKS = " \t"
# More than a fence or a table may be indented.
OF_CODE = 4

_INDENT = re.compile(r"[ \t]*+")


def columns(line: str) -> int:
    """How many columns of blanks a line begins with."""
    indent = _INDENT.match(line)
    return len(_without_tabs(indent[0])) if indent else 0


def dedented(line: str, width: int) -> str:
    """The line with so many columns of blanks less, or as many as it has."""
    content = line.lstrip(BLANKS)
    indent = line[: len(line) - len(content)]
    if "\t" not in indent or not width:
        return line[min(width, len(indent)) :]
    return _without_tabs(indent)[width:] + content


def _without_tabs(indent: str) -> str:
    return indent.replace("\t", " " * OF_CODE)
