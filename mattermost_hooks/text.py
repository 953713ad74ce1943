"""What people see of a text."""

from unicodedata import category

# Letters and marks that are drawn as nothing, as Unicode says, and the pattern of Braille without a dot.
_DRAWN_AS_NOTHING = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | {chr(code) for codes in ((0xFE00, 0xFE10), (0xE0100, 0xE01F0)) for code in range(*codes)}


def can_be_seen(text: str) -> bool:
    """Is there anything to see? Blanks, control characters and those of no width are nothing."""
    return any(
        category(one) not in ("Cc", "Cf", "Zs", "Zl", "Zp") and one not in _DRAWN_AS_NOTHING
        for one in text
    )
