"""Hashtags of a message (specification §1.6)."""

import re

LONGEST_LIST = 1000

_SEPARATORS = re.compile(r"[\s,]+")
_PUNCTUATION_BEFORE = re.compile(r"^[^\w#]+")
# Tried at the beginning of a run only: from each of its characters it would take the square of its length.
_PUNCTUATION_AFTER = re.compile(r"(?<!\W)\W++\Z")
_MARK_BEFORE = re.compile(r"^#+(?=#)")
_HASHTAG = re.compile(r"#[^\W\d_][\w.-]*\Z")


def of(message: str, *, shortest: int) -> str:
    """The hashtags of a message, separated by blanks, cut at a word before 1000 characters.

    `shortest` is the least number of characters of one, its # included.
    """
    if "#" not in message:
        return ""
    words = (_trimmed(word) for word in _SEPARATORS.split(message) if "#" in word)
    tags = " ".join(word for word in words if len(word) >= shortest and _HASHTAG.match(word))
    if len(tags) < LONGEST_LIST:
        return tags
    # Mattermost counts a blank before each tag and drops the last one it reached, whole or not.
    return tags[: LONGEST_LIST - 2].rsplit(" ", 1)[0]


def _trimmed(word: str) -> str:
    word = _PUNCTUATION_AFTER.sub("", _PUNCTUATION_BEFORE.sub("", word))
    return _MARK_BEFORE.sub("", word)
