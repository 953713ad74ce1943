"""Which words of a message are hashtags."""

import pytest

from channels_app.text import hashtags
from tests import growth


@pytest.mark.parametrize(
    ("message", "tags"),
    [
        ("no tags", ""),
        ("#bug", "#bug"),
        ("#bug, #fix!", "#bug #fix"),
        ("(#bug)", "#bug"),
        ("##brown#", "#brown"),
        ("#a", ""),
        ("#1", ""),
        ("#123x", ""),
        ("foo#bar", ""),
        ("#two-words.and_more", "#two-words.and_more"),
        ("#two#three", ""),
        ("#größe", "#größe"),
        ("one\n#line\ttwo", "#line"),
        ("# heading", ""),
        ("#bug-", "#bug"),
    ],
)
def test_hashtags_of_a_message(message: str, tags: str) -> None:
    assert hashtags.of(message, shortest=3) == tags


def test_a_long_list_is_cut_at_a_word() -> None:
    tags = hashtags.of(" ".join(f"#tag{number:04}" for number in range(200)), shortest=3)
    assert len(tags) <= 1000
    assert all(len(tag) == 8 for tag in tags.split())


def test_a_long_run_of_punctuation_takes_time_in_proportion() -> None:
    def work(text: str) -> str:
        return hashtags.of(f"#a{text}b", shortest=3)

    assert growth.is_linear(work, "!", length=65_000)


@pytest.mark.parametrize(
    "unit",
    [
        "#",
        "#a",
        "#a ",
        "##",
        "#.",
        "#a.",
        "a#",
        "!#",
        "#!",
        "#a!",
        "a!#",
        "#ä-",
        "# ",
        ",#",
        "\n#a",
    ],
)
def test_time_grows_with_the_length_alone(unit: str) -> None:
    assert growth.is_linear(lambda text: hashtags.of(text, shortest=3), unit, length=250_000)
