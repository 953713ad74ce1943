"""How much work a text may make, in units that are the same on every machine.

A character is one unit, and each piece that it becomes (a block, a cell, a word that means something, a
coloured word of code) as many as the characters that are read in the time of making it.
"""

from dataclasses import dataclass

PIECE = 16
# A line is looked at again on every level of quotes and lists.
LINE = 4
# What it takes to begin.
TEXT = 100
# Enough for whatever 64 Ki characters can be made of.
UNLIMITED = 16_000_000
# For colours in code, whose work the units do not foresee; of processor time, so that a busy machine shows
# the same.
CODE_SECONDS = 0.15


class AllowanceSpentError(Exception):
    """The text would make more work than is left."""


@dataclass
class Allowance:
    """Work that may still be done; `is_spent` once a text has asked for more than there was.

    `is_out_of_time` once a machine was too slow for something: that is no property of the text, and what
    came out must not be kept.
    """

    units: int = UNLIMITED
    code_seconds: float = CODE_SECONDS
    is_spent: bool = False
    is_out_of_time: bool = False

    def spend(self, units: int) -> None:
        """Take some off, before the work is done; AllowanceSpentError if so much is not left."""
        if units > self.units:
            self.is_spent = True
            raise AllowanceSpentError
        self.units -= units
