import json
import logging
import re
import threading
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

from channels_app import markdown
from channels_app.markdown import code, links, sanitiser, steps
from tests.safe_html import Elements, assert_is_safe

# Messages as people and programs write them, each with the HTML that it becomes: what Mattermost shows, or
# better where that loses something. Direction and what a link tells stand in tests of their own.
MESSAGES = [
    json.loads(line)
    for line in Path(__file__).with_name("messages.jsonl").read_text("utf-8").splitlines()
]

BUILD_REPORT = """
---
##### Build Break - Project X - December 12, 2015 - 15:32 GMT +0
| Component  | Tests Run   | Tests Failed                                   |
|:-----------|:------------|:-----------------------------------------------|
| Server     | 948         | :white_check_mark: 0                           |
| Web Client | 123         | :warning: [2 (see details)](http://linktologs) |
| iOS Client | 78          | :warning: [3 (see details)](http://linktologs) |
---
"""


def without_manners(html: str) -> str:
    """HTML without what every block and every link to another site has."""
    return re.sub(r' dir="auto"| rel="nofollow noopener noreferrer" target="_blank"', "", html)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: repr(message["markdown"])[:40])
def test_message_becomes_its_html(message: dict[str, str]) -> None:
    assert without_manners(markdown.render(message["markdown"])) == message["html"]


def test_build_report_is_rule_heading_table_rule() -> None:
    html = without_manners(markdown.render(BUILD_REPORT))

    assert re.match(r"<hr><h5>Build Break.*</h5><table>.*</table><hr>\Z", html)
    assert html.count("<tr>") == 1 + 3
    assert "🎉" not in html
    assert html.count('title=":warning:"') == 2
    assert html.count('href="http://linktologs"') == 2


def test_known_code_is_coloured() -> None:
    html = markdown.render("```py\nimport os\n```")

    assert '<code class="language-py highlight"><span class="kn">import</span>' in html


def test_windows_line_ends_are_line_ends() -> None:
    html = without_manners(markdown.render("a\r\nb\r\n\r\n- c\r\n"))

    assert html == "<p>a<br>b</p><ul><li>c</li></ul>"


def test_every_block_of_words_finds_its_direction_and_code_has_its_own() -> None:
    blocks = ["שלום", "# שלום", "- שלום\n  - a", "> שלום\n> > a", "|שלום|\n|-|\n|a|", "1. a"]
    html = markdown.render("\n\n".join([*blocks, "```\nשלום\n```"]))
    directed = {tag for tag, attributes in Elements(html).found if attributes.get("dir") == "auto"}

    assert directed == {"p", "h1", "ul", "blockquote", "table", "ol"}
    # What is inside takes part in the choice, so it makes none itself.
    assert html.count("dir=") == 6
    assert markdown.as_written("שלום") == '<p class="as-written" dir="auto">שלום</p>'


def test_the_box_of_a_task_is_labelled_with_its_text() -> None:
    html = markdown.render("- [x] **ship** it\n\n  at noon\n- rest")

    assert (
        '<li class="task"><p><label><input type="checkbox" checked disabled> <strong>ship' in html
    )
    assert "</strong> it</label></p><p>at noon</p></li><li><p>rest</p></li>" in html


@pytest.mark.parametrize(
    ("note", "language"),
    [
        ("py", "py"),
        ("C#", "c#"),
        ("python title=a.py", "python"),
        ("no-such-language", "no-such-language"),
    ],
)
def test_what_stands_behind_a_fence_is_shown_beside_the_code(note: str, language: str) -> None:
    [(_, about), (_, kind), *_] = Elements(markdown.render(f"```{note}\n1\n```")).found

    assert about == {"data-language": note}
    assert (kind["class"] or "").split()[0] == f"language-{language}"


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_blank_text_has_no_html(text: str) -> None:
    assert markdown.render(text) == ""


# --- People, channels -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("@ann", '<span class="mention" data-mention="ann">@ann</span>'),
        ("(@Ann).", '(<span class="mention" data-mention="ann">@Ann</span>).'),
        ("@ann.-_:", '<span class="mention" data-mention="ann">@ann</span>.-_:'),
        ("@ann.lee.", '<span class="mention" data-mention="ann.lee">@ann.lee</span>.'),
        ("@bob", "@bob"),
        ("_@bob_", "<em>@bob</em>"),
        ("x@ann", "x@ann"),
        ("`@ann`", "<code>@ann</code>"),
        (":@ann:", ":@ann:"),
    ],
)
def test_only_people_who_exist_are_mentioned(text: str, html: str) -> None:
    assert markdown.render(text, people={"ann", "ann.lee"}) == f'<p dir="auto">{html}</p>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("~town-square", '<a class="channel" href="/t/town-square">~town-square</a>'),
        ("~town-square-", '<a class="channel" href="/t/town-square">~town-square</a>-'),
        ("~off-topic", "~off-topic"),
        ("x~town-square", "x~town-square"),
        ("`~town-square`", "<code>~town-square</code>"),
    ],
)
def test_only_given_channels_are_linked(text: str, html: str) -> None:
    channels = {"town-square": "/t/town-square"}

    assert markdown.render(text, channels=channels) == f'<p dir="auto">{html}</p>'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hello", set()),
        ("@Ann, @bob", {"ann", "bob"}),
        ("@ann.-", {"ann.-", "ann.", "ann"}),
        ("mail ann@example.com, see http://example.com/@bob", set()),
        ("`@ann`\n```\n@bob\n```\n\n    @cat", set()),
        ('[@ann](http://example.com "@bob")', set()),
        ("> - **@ann**", {"ann"}),
        ("| @ann |\n|---|\n| @HERE |", {"ann", "here"}),
        (":@here:", set()),
    ],
)
def test_mentioned_names_leave_code_and_links_out(text: str, names: set[str]) -> None:
    assert markdown.mentioned_names(text) == names


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("hello", set()),
        ("~town-square and ~off-topic.", {"town-square", "off-topic"}),
        ("~a-", {"a-", "a"}),
        ("`~town-square` ~~gone~~", set()),
    ],
)
def test_mentioned_channels_leave_code_out(text: str, handles: set[str]) -> None:
    assert markdown.mentioned_channels(text) == handles


# --- What must not come through --------------------------------------------------------------------------

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- <script> --><svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x](java&Tab;script&colon;alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x]( <\x01javascript:alert(1)>)",
    "[x](data:text/html;base64,AA)",
    "[x](vbscript:x) ![x](javascript:x) <vbscript:x>",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x](http://a \"onclick='x'\" onclick=x)",
    '![x" onerror="alert(1)](http://a "\\" onerror=")',
    '[x](http://a"onmouseover="alert(1))',
    '```"><script>\nx\n```',
    "```python\n<script>alert(1)</script>\n```",
    "|<b>|\n|-|\n|<i onclick=x>|",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '@all"><script> #tag"><script> :tada:"><script>',
    "http://a.b/\"onmouseover='x' www.a.b/<script>",
    "\x02amp\x03lt;script\x02gt\x03",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_outside_the_allow_list_comes_through(text: str) -> None:
    assert_is_safe(markdown.render(text))


@pytest.mark.parametrize("scheme", ["slack", "vscode", "x-my.app+1"])
def test_a_link_may_open_a_program_but_nothing_of_the_browser(scheme: str) -> None:
    [_, (_, link)] = Elements(markdown.render(f"[x]({scheme}://open/1)")).found

    assert link["href"] == f"{scheme}://open/1"
    for forbidden in links.FORBIDDEN:
        assert "<a" not in markdown.render(
            f"[x]({forbidden}://open/1) <{forbidden}://a> {forbidden}://b"
        )
    assert "<a" not in markdown.render(f"[x]({scheme}:open) {scheme}://bare")


@pytest.mark.parametrize(
    ("markup", "html"),
    [
        ("<p onclick='x'>a</p>", "<p>a</p>"),
        ('<a href="javascript://a">a</a>', "<a>a</a>"),
        ('<a href="slack://a">a</a>', '<a href="slack://a">a</a>'),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ('<a href="javascript:x">a</a>', "<a>a</a>"),
        ('<a href="java&amp;colon;x">a</a>', '<a href="java&amp;colon;x">a</a>'),
        ('<a title="&amp;quot; &quot;">a</a>', '<a title="&amp;quot; &quot;">a</a>'),
        ("a<!-- b -->c", "ac"),
        ("<p>a<br/>b &amp;lt; &lt;script&gt;</p>", "<p>a<br>b &amp;lt; &lt;script&gt;</p>"),
    ],
)
def test_sanitiser_alone_lets_nothing_else_through(markup: str, html: str) -> None:
    with_comments = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    tree = ElementTree.fromstring(f"<div>{markup}</div>", parser=with_comments)

    assert sanitiser.sanitised(tree) == html


@pytest.mark.parametrize("address", ["http://example.com", "https://example.com", "//example.com"])
def test_link_to_another_site_opens_a_new_tab_and_tells_nothing(address: str) -> None:
    [_, (_, link)] = Elements(markdown.render(f"[x]({address})")).found

    assert link["rel"] == "nofollow noopener noreferrer"
    assert link["target"] == "_blank"


# --- What was made to hurt --------------------------------------------------------------------------------


def test_few_letters_do_not_repeat_a_long_address_again_and_again() -> None:
    html = markdown.render("[a] " * 4000 + f"\n\n[a]: https://example.com/{'x' * 8000}")

    assert 1 < html.count("href") < 10
    assert len(html) < 100_000
    assert html.count("[a]") > 3900


def test_a_mention_with_a_long_tail_has_few_forms() -> None:
    assert markdown.mentioned_names("@ann" + "-" * 40) == {
        *("ann" + "-" * dashes for dashes in (40, 39, 38)),
        "ann",
    }


@pytest.mark.parametrize(("length", "tags"), [(3, ["#ab", "#abc"]), (4, ["#abc"]), (5, [])])
def test_hashtags_need_the_length_that_is_asked_for(length: int, tags: list[str]) -> None:
    html = markdown.render("#ab #abc", shortest_hashtag=length)

    assert re.findall('<span class="hashtag">(.*?)</span>', html) == tags


def test_text_beyond_the_limit_is_shown_as_written_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    text = "**secret** " * markdown.LONGEST
    allowance = markdown.Allowance()

    assert (
        markdown.render(text, allowance=allowance) == f'<p class="as-written" dir="auto">{text}</p>'
    )
    assert allowance.is_spent
    assert markdown.mentioned_names("@ann" + text) == set()
    assert [record.exc_info for record in caplog.records] == [None]
    assert "secret" not in caplog.text


def test_text_that_makes_more_work_than_allowed_is_shown_as_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    generous, tight = markdown.Allowance(10_000), markdown.Allowance(10_000)

    assert "<strong>a</strong>" in markdown.render("**a** <b>", allowance=generous)
    assert not generous.is_spent
    html = markdown.render("**a** <b>" * 200, allowance=tight)
    assert html == f'<p class="as-written" dir="auto">{"**a** &lt;b&gt;" * 200}</p>'
    assert tight.is_spent
    assert not caplog.records


@pytest.mark.parametrize(
    "text",
    ["a", "*a", "|a|b|\n|-|-|\n", "> > a\n", "- a\n", "@ann ", "<!--", "```py\nx\n```\n", "[a](b)"],
)
def test_work_is_in_proportion_to_the_text(text: str) -> None:
    work = []
    for length in (4_000, 16_000):
        allowance = markdown.Allowance()
        before = allowance.units
        markdown.render(text * (length // len(text)), allowance=allowance)
        work.append(before - allowance.units)

    assert work[0] < work[1] < 4.1 * work[0]


def test_text_that_breaks_the_engine_is_shown_as_written_and_leaves_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(steps.PostMarkdown, "to_html", refuse)

    assert markdown.render("**<b>**") == '<p class="as-written" dir="auto">**&lt;b&gt;**</p>'
    assert_tells_where_it_broke(caplog, length=7)


def test_text_that_breaks_the_engine_mentions_nobody_and_leaves_a_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(steps.PostMarkdown, "read", refuse)

    assert markdown.mentioned_names("@ann") == set()
    assert_tells_where_it_broke(caplog, length=4)


def refuse(*_: object) -> str:
    """An engine with a fault."""
    raise RecursionError


def assert_tells_where_it_broke(caplog: pytest.LogCaptureFixture, *, length: int) -> None:
    """One error with its traceback and the length of the text, but not the text."""
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert record.exc_info[0] is RecursionError
    assert f"{length} characters" in record.getMessage()
    assert "@ann" not in caplog.text
    assert "<b>" not in caplog.text


def test_code_of_lines_that_nobody_writes_keeps_one_colour() -> None:
    for text in ("import os; " * 40, "import os" + "\n" * 101 + "x"):
        assert "<span" not in markdown.render(f"```py\n{text}\n```")


def test_code_that_is_empty_takes_no_time() -> None:
    allowance = markdown.Allowance(1000)

    assert markdown.render("```py\n```", allowance=allowance) == (
        '<pre data-language="py"><code class="language-py"></code></pre>'
    )
    assert not allowance.is_spent


def test_loading_a_language_costs_the_post_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_slowly(*args: Any, **options: Any) -> Lexer:
        busy_until = time.thread_time() + 0.1
        while time.thread_time() < busy_until:
            pass
        return get_lexer_by_name(*args, **options)

    monkeypatch.setattr(code, "get_lexer_by_name", load_slowly)
    code._lexer.cache_clear()
    allowance = markdown.Allowance(code_seconds=0.09)

    assert '<span class="' in markdown.render("```go\nfunc a() {}\n```", allowance=allowance)
    assert not allowance.is_out_of_time


def test_code_that_never_comes_to_an_end_is_not_tried_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    def endless(_: object, text: str, *, until: float) -> None:
        tries.append(text)

    monkeypatch.setattr(code, "_tokens", endless)
    for _ in range(code.MOST_TRIES + 2):
        allowance = markdown.Allowance()
        assert "<span" not in markdown.render("```go\nfunc endless() {}\n```", allowance=allowance)
        assert allowance.is_out_of_time

    assert len(tries) == code.MOST_TRIES


def test_code_that_takes_too_long_keeps_one_colour() -> None:
    allowance = markdown.Allowance(code_seconds=1e-9)

    html = markdown.render("```py\nimport os\n```", allowance=allowance)

    assert html == '<pre data-language="py"><code class="language-py">import os</code></pre>'
    assert allowance.is_out_of_time


def test_threads_do_not_share_an_engine() -> None:
    mixed = []

    def render_often(name: str) -> None:
        expected = f'<p dir="auto"><span class="mention" data-mention="{name}">@{name}</span></p>'
        for _ in range(200):
            if markdown.render(f"@{name}", people={name}) != expected:
                mixed.append(name)

    threads = [threading.Thread(target=render_often, args=(name,)) for name in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not mixed
