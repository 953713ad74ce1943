"""What was made to hurt: the time and the HTML of a text grow with its length alone, whatever it is made of.

Each rule of the grammar is tried by what opens it, written again and again: alone, in words, in lines,
in quotes and lists, behind other openers, and behind one that never closes. THOROUGH=1 tries every pair.
"""

import re

import pytest

from channels_app import markdown
from channels_app.markdown import tables
from tests import growth
from tests.growth import THOROUGH

# What opens a rule, closes it, or looks like it until the end of the text.
OPENERS = [
    *(
        "[",
        "![",
        "]",
        "](",
        "](<",
        "[a][",
        "[a]",
        "[a]: /b\n",
        '[a](b "',
        "[a](b '",
        "[a](b (",
        "[a](b =1",
    ),
    *("[a](b)", "![a](b)", "[a][b]", "[]", "(", ")", "[a](b c ", "[a](b 't') ", "![a](b =1x2)"),
    *("[a][b]\n[b]: /c\n", "[a]: /b\n[a]\n", "> a\n[b]: /c\n", "- a\n[b]: /c\n"),
    *("*", "**", "***", "*a*", "_", "__", "_a", "~~", "~~a", "***a** "),
    *("** a", "a ** ", "** ", "__ a", "(**a) ", '*"', "*a\n", "_a\n_"),
    *("`", "``", "` `` ", "```", "```\n", "~~~a\n", "```python\nx\n```\n", "\\"),
    *("a```\nb``` c\n\n", "a```\n", "````\n```\n", "~~~\n````\n", "``` a b\n", "- ```\n\n\n"),
    *('<a b="', "<a b='", "<a b", "<a b=c ", "</a", "<a >http://a ", "<p>\n"),
    *("<", "<!--", "</", "<a", "<a:", "<a@", "<http://a>", "<http://a\x01>"),
    *("&", "&a", "&#", "&#1", "&#x", "&amp;", "&lt;"),
    *(
        "http://a",
        "http://a ",
        "www.a ",
        "mailto:a",
        "tel:+1 ",
        "a@",
        "a@b.",
        "a@b.c ",
        "a.",
        "ftp://[",
    ),
    *(
        "a.bc/d\n",
        "a.a\n",
        "*a.bc/",
        "http://a(",
        "http://a[",
        "http://a[b",
        "http://a'",
        "http://a。",
    ),
    # A link that must not be one, behind which the next may begin.
    *("http://a\x01", "http://a&#1;", "mailto:a\x7f", "www.a\x01."),
    *("@a ", "@all-", "@a--", "~a ", "~a--", "#a", "#a.", ":a:", ":smile:", ":", ":) "),
    *(
        "# ",
        "a\n=\n",
        "a\n-",
        ">",
        "> ",
        "> > > a\n",
        "> a\nb\n",
        "- ",
        "- a\n",
        "- a\n\n",
        "-\n+\n",
        "- a\nb\n",
        "- \n\n",
        "> a\n\n",
        "> a\n---\n",
        "a\n#b\n",
    ),
    *("1. ", "1. a\n", "9) a\n", "- [ ] a\n", "    a\n", "---\n", "* * *\n", "===\n"),
    *("|a|\n|-|\n|b|\n\n", "a|b\n-|-\n", "|-|-|\n"),
    *("|", "a|", "|a|b|\n|-|-|\n", "|a|b|\n", "|-|\n", "a\n|-|\n", "\\|"),
    *(" ", "\t", "\n", "\r", "\x01", "é", "😀", "a", "a ", "a\n", ".", '"', "'"),
]
FORMS = ["{}", "a{} \n", *(["{}a ", "{}\n", "{}\n\n", "> {}\n", "- {}\n"] if THOROUGH else [])]
# One of them before a long run of another: what looks for its end looks through the whole run.
UNCLOSED = [
    "[",
    "[a](",
    '[a](b "',
    "*",
    "_",
    "~~",
    "`",
    "<",
    "&#",
    "http://",
    "http://a(",
    "http://a[",
    '<a b="',
    "```\n",
    "a ```",
    "[a](b (",
    "> ",
    "- ",
    "1. ",
    "|a|\n|-|\n",
]
RUNS = [
    "a",
    "1",
    " ",
    "\n",
    "*",
    "_",
    "`",
    "[",
    "]",
    "(",
    ")",
    "<",
    "&",
    ".",
    "> ",
    "|",
    "\\",
]
# Where a character is a piece, copying all that came before shows late.
LONG, LONGEST = 16_000, 60_000

PEOPLE, CHANNELS = {"a", "all"}, {"a": "/team/channels/a"}


def render(text: str) -> str:
    return markdown.render(text, people=PEOPLE, channels=CHANNELS)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("opener", OPENERS)
def test_time_grows_with_the_length_of_what_is_repeated(opener: str, form: str) -> None:
    unit = form.format(opener)

    assert growth.is_linear(render, unit, length=LONGEST if len(unit) < 3 else LONG)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("opener", UNCLOSED)
def test_time_grows_with_the_length_of_what_follows_an_opener(opener: str, run: str) -> None:
    assert growth.is_linear(render, run, length=LONG, before=opener)


@pytest.mark.parametrize("distance", range(1, len(OPENERS)) if THOROUGH else [29])
@pytest.mark.parametrize("number", range(len(OPENERS)))
def test_time_grows_with_the_length_of_what_alternates(number: int, distance: int) -> None:
    other = OPENERS[(number + distance) % len(OPENERS)]

    assert growth.is_linear(render, OPENERS[number] + other, length=LONG)


@pytest.mark.parametrize(
    "text",
    [
        "@a ",
        "@a--",
        "~a ",
        "> > @a\n",
        "|@a|b|\n|-|-|\n",
        "***@a",
        "[@a](b)",
        "- @a\n",
        "`@a",
        "@a\x01http://a\x01",
    ],
)
def test_mentions_are_found_in_time_with_the_length(text: str) -> None:
    assert growth.is_linear(markdown.mentioned_names, text, length=LONG)
    assert growth.is_linear(markdown.mentioned_channels, f"~{text}", length=LONG)
    assert growth.is_linear(markdown.possible_names, text, length=4 * LONG)


@pytest.mark.parametrize("half", [1_000, 4_000, 16_000])
def test_references_to_a_long_definition_take_time_and_room_in_proportion(half: int) -> None:
    html = render("[a]" * (half // 3) + "\n\n[a]: http://a/" + "x" * half + ' "' + "y" * half + '"')

    assert len(html) < 60 * 3 * half


@pytest.mark.parametrize("digits", ["1", "x1"])
def test_a_long_number_of_a_character_takes_time_in_proportion(digits: str) -> None:
    for before in (f"&#{digits}", f"http://a/?&#{digits}", f"[a](/&#{digits}"):
        assert growth.is_linear(render, "1", length=60_000, before=before)


@pytest.mark.parametrize("run", [" ", "\t", "=", "a", "a\n", "=\n", "a = b\n", '"', "{"])
@pytest.mark.parametrize("language", ["ini", "properties", "yaml", "python", "html", "tex"])
def test_colours_for_code_take_time_in_proportion(language: str, run: str) -> None:
    assert growth.is_linear(render, run, length=7_900, before=f"```{language}\n")


@pytest.mark.parametrize(
    "text",
    [
        "> " * 5000 + "a",
        "1. " * 5000 + "a",
        "*(" * 4000 + "a" + ")*" * 4000,
        "**" * 4000 + "a" + "**" * 4000,
        "[" * 4000 + "a" + "](b)" * 4000,
        "![" * 4000 + "a" + "](/b)" * 4000,
        "".join(f"{'  ' * level}- a\n" for level in range(120)),
    ],
    ids=lambda text: text[:6],
)
def test_nesting_has_a_limit(text: str) -> None:
    html = markdown.render(text)
    depth = deepest = 0
    for closing in re.findall(r"<(/?)(?!br|hr|img|input)", html):
        depth += -1 if closing else 1
        deepest = max(deepest, depth)

    assert depth == 0
    assert deepest < 120


def test_short_rows_do_not_grow_into_a_page_of_cells() -> None:
    html = markdown.render("a|" * 60 + "\n" + "-|" * 60 + "\n" + "a\n" * 7000)

    assert html.count("<td>") <= 7000 + tables.MOST_ADDED_CELLS + 60
