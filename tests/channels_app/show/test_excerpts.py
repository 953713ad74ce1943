"""The first words of a post."""

import pytest

from channels_app.show import excerpts


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>plain</p>", "plain"),
        ("<p><strong>bo</strong>ld &amp; <em>more</em></p>", "bold & more"),
        ("<p>one</p><p>two<br>three</p>", "one two three"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ('<pre><code><span class="k">if</span> x:\n  y</code></pre>', "if x: y"),
        ('<p><img src="/x.png" alt="a cat"> here</p>', "a cat here"),
        ("<p>1 &lt; 2 &lt;script&gt;</p>", "1 < 2 <script>"),
        ('<p>said</p><p class="note">Picture not shown: <a href="x">x</a></p>', "said"),
        ("<svg><title>bar</title><rect/></svg><p>told</p>", "told"),
        ("", ""),
        ('<hr><img src="x" alt="">', ""),
    ],
)
def test_words_are_left_of_the_markup(html: str, text: str) -> None:
    assert excerpts.of_html(html) == text


def test_what_is_long_is_cut_and_says_so() -> None:
    excerpt = excerpts.of_html("<p>" + "<b>word</b> " * 100 + "</p>")
    assert len(excerpt) <= excerpts.LONGEST + 1
    assert excerpt.endswith("…")


def test_tags_across_the_pieces_it_is_read_in_are_tags() -> None:
    for shift in range(30):
        html = (
            " " * (1990 + shift) + '<a href="https://example.com/?a=1&amp;b=2">link &amp; text</a>'
        )
        assert excerpts.of_html(html) == "link & text"


def test_no_more_is_read_than_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    feed = excerpts._Words.feed

    def note(words: excerpts._Words, piece: str) -> None:
        read.append(piece)
        feed(words, piece)

    monkeypatch.setattr(excerpts._Words, "feed", note)
    excerpts.of_html("<p>word</p>" * 20_000)
    assert sum(map(len, read)) < 5_000
