"""Markdown that says exactly what was meant: pieces for texts that come in another form."""

import re

LONGEST_TYPE = 40

# What would be read as markup inside a line, and as a heading, a quote, a rule or an item at its beginning.
_INLINE = re.compile(r"[`*]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|\](?=[(\[:])")
_LINE = re.compile(
    r"^([ \t]*)(#(?=#*(?:[ \t]|$))|>|[-+](?=[ \t]|$)|[-=](?=[-=]*[ \t]*$))"
    r"|^([ \t]*\d{1,9})([.)])(?=[ \t]|$)",
    re.MULTILINE,
)
# References where a backslash would show: for itself, since it is one before a letter and none before a sign,
# for "=", and for "<", which what is translated later looks for.
_REFERENCES = str.maketrans({"\\": "&#92;", "<": "&lt;"})
_ESCAPED = {"=": "&#61;"}
_UNFIT_FOR_ADDRESS = re.compile(r"[\x00-\x20\x7f()<>|\\\u00a0\u2028\u2029]")
_TICKS = re.compile(r"`+")


def plain(text: str) -> str:
    """A text that shows as it is, but for emoji, addresses and mentions, which mean something everywhere."""
    return plain_lines(plain_words(text))


def plain_words(text: str) -> str:
    """A part of a line that shows as it is, wherever in the line it stands."""
    return _INLINE.sub(r"\\\g<0>", text.translate(_REFERENCES))


def plain_lines(text: str) -> str:
    """Markdown whose lines are lines of a paragraph, whatever they begin with."""

    def escaped(found: re.Match[str]) -> str:
        sign = found[2] or found[4]
        return (found[1] or found[3] or "") + _ESCAPED.get(sign, f"\\{sign}")

    return _LINE.sub(escaped, text)


def link(url: str, label: str) -> str:
    """A link with a label of Markdown, which may be blank; the label alone without an address."""
    address = _address(url)
    if not address:
        return label
    return f"[{label}]({address})" if label.strip() else f"<{address}>"


def image(url: str, alternative: str, *, size: str = "") -> str:
    """A picture; `size` is in pixels, such as "20x20"."""
    label = label_of(alternative)
    return f"![{label}]({_address(url)}{size and f' ={size}'})"


def label_of(text: str) -> str:
    """A plain text as the label of a link: in one line, with no bracket that would end it."""
    return re.sub(r"(?<!\\)[\[\]]", r"\\\g<0>", plain_words(" ".join(text.split())))


def code(text: str) -> str:
    """A span of code in one line; nothing for a blank text."""
    line = " ".join(text.split())
    if not line:
        return ""
    fence = "`" * (_longest_run(line) + 1)
    blank = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{blank}{line}{blank}{fence}"


def fenced(text: str) -> str:
    """A block of code, line by line as it is."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}\n{text.strip(chr(10))}\n{fence}"


def quoted(text: str) -> str:
    """Markdown as a quote."""
    return "\n".join(f"> {line}" for line in text.split("\n"))


def marked(text: str, mark: str) -> str:
    """Markdown between marks such as "**": each line by itself, its blanks outside, or they mean nothing."""
    return "\n".join(_marked_line(line, mark) for line in text.split("\n"))


def not_shown(kind: str, type_name: str) -> str:
    """The note that stands for what cannot be shown; `kind` is "block" or the like."""
    named = code(type_name[:LONGEST_TYPE])
    return (
        f"*Not shown: {kind} of the type {named}*"
        if named
        else f"*Not shown: {kind} without a type*"
    )


def _address(url: str) -> str:
    def encoded(found: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in found[0].encode())

    return _UNFIT_FOR_ADDRESS.sub(encoded, url.strip())


def _longest_run(text: str) -> int:
    return max((len(run) for run in _TICKS.findall(text)), default=0)


def _marked_line(line: str, mark: str) -> str:
    core = line.strip()
    if not core:
        return line
    start = line.index(core)
    return f"{line[:start]}{mark}{core}{mark}{line[start + len(core) :]}"
