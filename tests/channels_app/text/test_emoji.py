import pytest

from channels_app.text import emoji


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("tada", "🎉"),
        (":tada:", "🎉"),
        ("white_check_mark", "✅"),
        ("+1", "👍"),
        ("thumbsup", "👍"),
        ("flag-us", "🇺🇸"),
        ("large_green_circle", "🟢"),
    ],
)
def test_name_has_its_character(name: str, character: str) -> None:
    assert emoji.character(name) == character


@pytest.mark.parametrize("name", ["", ":", "no_such_emoji", "tada tada"])
def test_unknown_name_has_no_character(name: str) -> None:
    assert emoji.character(name) is None


@pytest.mark.parametrize(
    ("name", "file_name"),
    [("ghost", "1f47b"), (":ghost:", "1f47b"), ("warning", "26a0-fe0f"), ("us", "1f1fa-1f1f8")],
)
def test_picture_is_named_by_code_points(name: str, file_name: str) -> None:
    assert emoji.file_name(name) == file_name


def test_unknown_name_has_no_picture() -> None:
    assert emoji.file_name("no_such_emoji") is None
