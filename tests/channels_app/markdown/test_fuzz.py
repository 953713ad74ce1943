"""Texts that nobody thought of. THOROUGH=1 tries many more, and other ones each time."""

from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from channels_app import markdown
from channels_app.markdown import inline, steps, tables
from tests.channels_app.markdown.test_growth import OPENERS
from tests.safe_html import Elements, assert_is_safe

OWN_HOST = "chat.example.com"
ATTACKING = [
    *(
        "<script>",
        "</p>",
        " onerror=alert(1)",
        '" onclick="x',
        "javascript:",
        "java&Tab;script&colon;",
    ),
    *(
        "data:x",
        "![a](/team)",
        f"![a](//{OWN_HOST}/)",
        f"![a](http://{OWN_HOST}",
        "](/\\x)",
        "\x00",
    ),
    "[a]: javascript:x\n",
]
pieces = st.sampled_from([*OPENERS, *ATTACKING]) | st.text(max_size=4)
repeated = st.builds(lambda piece, times: piece * times, pieces, st.integers(1, 12))
texts = st.lists(repeated, max_size=12).map("".join)

VOID = {"br", "hr", "img", "input"}
# Of one character; only references and short rows of a table can make more, and those have limits.
MOST_GROWTH = 60
MOST_ADDED = 6 * inline.LONGEST_REPETITION + 40 * tables.MOST_ADDED_CELLS


class Nesting(HTMLParser):
    """Which elements are open; an end that fits none of them fails the test."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "a" or "a" not in self.open, "a link in a link"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(texts)
def test_no_text_breaks_the_engine(text: str) -> None:
    # Past the net that markdown.render spreads below it.
    engine = steps.PostMarkdown()
    engine.read(text, inline.Reading())
    html = engine.to_html(text, inline.Reading())

    assert html == markdown.render(text)


@given(texts)
def test_no_text_becomes_more_than_a_post_may_hold(text: str) -> None:
    html = markdown.render(
        text, people={"a", "all"}, channels={"a": "/t/channels/a"}, own_host=OWN_HOST
    )

    assert_is_safe(html)
    assert not Nesting(html).open
    assert len(html) <= MOST_GROWTH * len(text) + MOST_ADDED
    for tag, attributes in Elements(html).found:
        assert tag != "img" or OWN_HOST not in (attributes["src"] or "").lower().split("/")[2]


@given(texts)
def test_html_that_is_posted_again_stays_as_harmless(text: str) -> None:
    assert_is_safe(markdown.render(markdown.render(text)))
    assert_is_safe(markdown.as_written(text))
    assert not Nesting(markdown.as_written(text)).open[1:]


@given(texts, st.integers(0, 3000))
def test_whatever_the_allowance_all_of_a_text_is_shown_or_it_is_shown_as_written(
    text: str, units: int
) -> None:
    allowance = markdown.Allowance(units)
    html = markdown.render(text, allowance=allowance)

    assert html == (markdown.as_written(text) if allowance.is_spent else markdown.render(text))
    assert 0 <= allowance.units <= units


@example([("|a|\n|-|\n|1|", "")])
@example([("[a]: /b", "")])
@example([("``` ", " "), ("x\n```", "\n")])
@given(st.lists(st.tuples(repeated, st.sampled_from(["", " ", "\n", "\n\n"])), max_size=10))
def test_no_word_that_somebody_wrote_vanishes(parts: list[tuple[str, str]]) -> None:
    # A word of its own behind each piece; the pieces may make it an address, a title or code, but not nothing.
    text = "".join(
        f"{piece}{gap}word{number}word{gap}" for number, (piece, gap) in enumerate(parts)
    )
    html = markdown.render(text)

    for number in range(len(parts)):
        assert f"word{number}word" in html, text


@given(texts)
def test_who_is_mentioned_is_who_is_shown_as_mentioned(text: str) -> None:
    names = markdown.mentioned_names(text)
    handles = markdown.mentioned_channels(text)
    html = markdown.render(text, people=names, channels=dict.fromkeys(handles, "/t/channels/x"))
    shown = {attributes.get("data-mention") for _, attributes in Elements(html).found} - {None}

    assert shown <= names
    assert bool(shown) == bool(names)
    # What is looked up before a page is rendered misses nobody.
    assert names <= markdown.possible_names(text)
    assert handles <= markdown.possible_handles(text)
