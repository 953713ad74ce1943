"""One JSON object of a stranger, field by field: keys in any letter case, null as absent (specification §0)."""

from collections.abc import Iterator


class WrongType(ValueError):
    """A known field holds JSON of another type. The text names the field and says what it must be."""


class JsonObject:
    """The fields of a decoded JSON object; `path` is where it stood, for the words of a refusal.

    Each method answers the field of that name, or the empty value of its type when the field is absent
    or null, and raises WrongType for JSON of any other type.
    """

    def __init__(self, value: object, *, path: str = "") -> None:
        if not isinstance(value, dict):
            raise WrongType(f"{path or 'the payload'} must be an object")
        self._path = path
        self._values = {key.lower(): item for key, item in value.items()}

    def holds(self, name: str) -> bool:
        """Is the key there, even with null?"""
        return name in self._values

    def value(self, name: str) -> object:
        """The JSON as it is, None when absent."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """A string."""
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.refusal(name, "must be a string")
        return value

    def number(self, name: str) -> int:
        """A whole number."""
        value = self._values.get(name)
        if value is None:
            return 0
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refusal(name, "must be a whole number")
        return value

    def switch(self, name: str) -> bool:
        """True or false."""
        value = self._values.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.refusal(name, "must be true or false")
        return value

    def mapping(self, name: str) -> dict[str, object]:
        """An object whose own keys are free and keep their letter case."""
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.refusal(name, "must be an object")
        return value

    def items(self, name: str) -> Iterator[tuple[str, object]]:
        """The entries of a list, nulls left out, each with its path."""
        value = self._values.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            raise self.refusal(name, "must be a list")
        for position, item in enumerate(value):
            if item is not None:
                yield f"{self.path_of(name)}[{position}]", item

    def path_of(self, name: str) -> str:
        """Where a field stands in the whole payload, such as `attachments[0].fields`."""
        return f"{self._path}.{name}" if self._path else name

    def refusal(self, name: str, complaint: str) -> WrongType:
        """The error that names a field and says what is wrong with it."""
        return WrongType(f"{self.path_of(name)} {complaint}")
