"""Headers as words with parameters."""

import pytest

from integrations.incoming.dialects import media_type
from integrations.incoming.dialects.media_type import MediaType


@pytest.mark.parametrize(
    ("header", "name", "parameters"),
    [
        ("application/json", "application/json", {}),
        (" Text/PLAIN ; Charset = UTF-8 ", "text/plain", {"charset": "UTF-8"}),
        ("form-data; name=text", "form-data", {"name": "text"}),
        (r'form-data; name="a\"b;c"', "form-data", {"name": 'a"b;c'}),
        ('a/b; x=""', "a/b", {"x": ""}),
        ("a/b; x=1; X=1;", "a/b", {"x": "1"}),
        ("a/b; x=1; y", "a/b", {}),
        ("a/b; x=1; y=", "a/b", {}),
        ('a/b; x="never closed', "a/b", {}),
    ],
)
def test_a_header_is_read(header: str, name: str, parameters: dict[str, str]) -> None:
    assert media_type.parse(header) == MediaType(name, parameters)


@pytest.mark.parametrize("header", ["", " ", "/", "a/", "/b", "a b", "a/b c", "ä/b", "; x=1"])
def test_a_header_without_a_proper_word_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="no media type"):
        media_type.parse(header)


def test_a_parameter_with_two_values_is_refused() -> None:
    with pytest.raises(ValueError, match="two values of x"):
        media_type.parse("a/b; x=1; x=2")
