"""How long texts may be: declared once, checked by services, shown by forms and by the schema."""

from collections.abc import Iterable
from dataclasses import dataclass

from .errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The most that a field may hold: characters, or bytes of UTF-8 where Mattermost counts those.

    `id` and `sentence` are Mattermost's words for a text that is longer.
    """

    field: str
    most: int
    id: str
    sentence: str
    in_bytes: bool = False

    def allows(self, text: str) -> bool:
        """Is the text short enough?"""
        return len(text.encode() if self.in_bytes else text) <= self.most

    @property
    def refusal(self) -> Refusal:
        """The 400 for a longer text."""
        # Whoever counts characters would not find what is wrong: only bytes need the explanation.
        detail = f"{self.field} is longer than {self.most} bytes" if self.in_bytes else ""
        return Refusal(self.id, self.sentence, detail=detail, field=self.field, words=self.words)

    def check(self, text: str) -> None:
        """Refuse a longer text."""
        if not self.allows(text):
            raise self.refusal()

    @property
    def words(self) -> str:
        """The limit, as people read it."""
        if self.in_bytes:
            return f"At most {self.most} bytes: a letter beyond a to z takes two to four."
        return f"At most {self.most} characters."


def check(row: object, limits: Iterable[Limit]) -> None:
    """Refuse the first field of a row, in the order of the limits, that is longer than allowed."""
    for limit in limits:
        limit.check(getattr(row, limit.field))
