"""Slack's markup as Markdown: a table of texts before and after."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels_app.posts.attachments import Attachment, Field
from integrations.message import slack
from tests import growth

BOB, NOBODY = "b" * 26, "n" * 26


def username_of(user_id: str) -> str | None:
    return "bob" if user_id == BOB else None


def markdown(text: str) -> str:
    return slack.to_markdown(text, username_of=username_of)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<!channel> <!here><!all>", "@channel @here@all"),
        (f"Hi <@{BOB}>, see <http://a|this> <!here>", "Hi @bob, see [this](http://a) @here"),
        (f"<@{BOB}|bob>", f"[bob](@{BOB})"),
        ("<http://a|A> and <http://b|B>", "[A](http://a) and [B](http://b)"),
        ("<http://a|a label with spaces>", "[a label with spaces](http://a)"),
        ("<mailto:bob@example.com|Bob>", "[Bob](mailto:bob@example.com)"),
        ("<http://a|x<y>", "[x<y](http://a)"),
        ("<<http://a|x>", "<[x](http://a)"),
        ("<http://a|$1 ${2} \\1>", "[$1 ${2} \\1](http://a)"),
        ("<http://a/(x)|[lab]>", "[[lab]](http://a/(x))"),
        ("a > b <x|y> c > d", "a > b [y](x) c > d"),
        ("<!here|here> <!subteam^S1|@group>", "[here](!here) [@group](!subteam^S1)"),
        ("<http://a|<!here>>", "[@here](http://a)"),
        (f"<http://a|<@{BOB}>>", "[@bob](http://a)"),
    ],
)
def test_markup_becomes_markdown(text: str, expected: str) -> None:
    assert markdown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*bold* _it_ ~strike~ &lt; &amp;",
        "<http://a>",
        "<http://a|>",
        "<|label>",
        "<http://a|b|c>",
        "<http://a\nb|c>",
        "<http://a|b\nc>",
        "<http://a|x",
        "< > &",
        "<!everyone> <!group> <!HERE>",
        "<@> <@U024BE7LH> <#C123>",
        f"<@{NOBODY}>",
        "commit by <a@b>\nnext | line>",
    ],
)
def test_everything_else_is_left_alone(text: str) -> None:
    assert markdown(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "`<http://a|x>` ```<http://b|y> <!here>```",
        "`if(a < B || c >= D)`",
        "``a ` <a|b>``",
        "```\n<a|b>\n\n<!here>\n```",
        "~~~ python\n<a|b>\n```\n<a|b>\n~~~~",
        "  ````\n<a|b>\n```\n<a|b>\n````  ",
        f"`<@{BOB}>`",
    ],
)
def test_code_is_left_alone(text: str) -> None:
    assert markdown(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`x` <a|b> `y`", "`x` [b](a) `y`"),
        ("```\n<a|b>\n```\n<c|d>", "```\n<a|b>\n```\n[d](c)"),
        ("<http://a|`1f2e3d`> <http://b|`4c`>", "[`1f2e3d`](http://a) [`4c`](http://b)"),
        ("<http://a|x `>` y>", "[x `>` y](http://a)"),
        ("a ` <a|b>", "a ` [b](a)"),
        ("a ` <a|b> ``", "a ` [b](a) ``"),
        ("one ` mark\n\nand <a|b> another `", "one ` mark\n\nand [b](a) another `"),
        ("\\`<a|b>`", "\\`[b](a)`"),
        ("```\nnever closed <a|b>", "```\nnever closed [b](a)"),
        ("```one``` <a|b>\n```two```", "```one``` [b](a)\n```two```"),
    ],
)
def test_what_stands_beside_code_is_translated(text: str, expected: str) -> None:
    assert markdown(text) == expected


def test_an_attachment_is_translated_part_by_part() -> None:
    text = f"<http://a|b\nc> <!here> <@{BOB}>"
    full, named = "[b\nc](http://a) @here @bob", "<http://a|b\nc> @here @bob"
    given = Attachment(
        fallback=text,
        pretext=text,
        author_name=text,
        author_link=text,
        title=text,
        title_link=text,
        text=text,
        fields=(Field(title=text, value=text, short=True), Field(title="", value=None, short=True)),
        footer=text,
    )
    assert slack.attachment_to_markdown(given, username_of=username_of) == replace(
        given,
        pretext=full,
        title=named,
        text=full,
        fields=(Field(title=text, value=full, short=True), Field(title="", value=None, short=True)),
    )


def test_a_link_in_an_attachment_runs_across_no_bracket_and_no_second_bar() -> None:
    given = Attachment(text="<a@b> | <x|y|z> <c|d<e>")
    expected = "<a@b> | <x|y|z> [d<e](c)"
    assert slack.attachment_to_markdown(given, username_of=username_of).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("<U123>", set()),
        ("<@U123> <@>", set()),
        (f"<@{BOB}> <@{NOBODY}> <@{BOB}>", {BOB, NOBODY}),
    ],
)
def test_user_ids_are_collected(text: str, expected: set[str]) -> None:
    assert slack.user_ids(text) == expected


def test_user_ids_of_an_attachment_come_from_its_translated_parts() -> None:
    ids = [letter * 26 for letter in "abcde"]
    pretext, title, text, value, footer = (f"<@{user_id}>" for user_id in ids)
    fields = (Field(title="", value=value, short=False), Field(title="", value=None, short=False))
    given = Attachment(pretext=pretext, title=title, text=text, fields=fields, footer=footer)
    assert slack.attachment_user_ids(given) == set(ids[:4])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* and _soft_ and ~gone~", "**bold** and _soft_ and ~~gone~~"),
        ("*<https://a|#12>* by *<https://b*c|d>*", "**<https://a|#12>** by **<https://b*c|d>**"),
        ("*_both_*, (*in*) *a `b*` c*", "**_both_**, (**in**) **a `b*` c**"),
        ("**already** 2*3*4 * a * b* *c", "**already** 2*3*4 * a * b* *c"),
        ("*one\ntwo* <https://a/*b*> `*c*`", "*one\ntwo* <https://a/*b*> `*c*`"),
        ("~a b ~c", "~a b ~c"),
        ("&gt; quoted\n&gt;too &gt; not", "> quoted\n>too &gt; not"),
        ("<!date^1^{date}|Feb 18> <!subteam^S1|@ops> <#C1|general>", "Feb 18 @ops ~general"),
        ("<@U1|ann> <!here|here> <!everyone> <!here>", "ann @here @all <!here>"),
        ("a\n```let x = 1\nlet y```\nb", "a\n\n```\nlet x = 1\nlet y\n```\n\nb"),
        ("```*a* &lt;b&gt;``` `c &amp; d` &amp;", "```*a* <b>``` `c & d` &amp;"),
        ("never ``` closed *a*", "never ``` closed **a**"),
        ("``` a ``` *b* ``` c", "``` a ``` **b** ``` c"),
    ],
)
def test_text_that_says_it_is_slacks_is_translated_further(text: str, expected: str) -> None:
    assert slack.mrkdwn_to_markdown(text) == expected


pieces = st.sampled_from(
    [
        *(
            "<",
            ">",
            "|",
            "<@",
            f"<@{BOB}>",
            "<!",
            "<!here>",
            "<!all|a>",
            "<http://a|",
            "<http://a|b>",
            "\0",
        ),
        *("`", "``", "```\n", "~~~\n", "\n", "\n \n", "\\", "<mailto:a|", "|b>", "a"),
    ]
) | st.text(max_size=3)
texts = st.lists(pieces, max_size=30).map("".join)


@given(texts)
def test_any_text_is_translated_and_grows_by_little(text: str) -> None:
    translated = markdown(text)
    assert len(translated) <= len(text) + translated.count("](")
    assert "<" in text or translated == text
    assert "`" in text or "~~~" in text or "<!here>" not in translated
    attachment = Attachment(
        pretext=text, text=text, title=text, fields=(Field(text, text, short=False),)
    )
    slack.attachment_to_markdown(attachment, username_of=username_of)
    assert slack.attachment_user_ids(attachment) == slack.user_ids(text)


@given(texts, texts)
def test_what_stands_in_a_block_of_code_is_left_alone(before: str, code: str) -> None:
    block = f"~~~~~~\n{code.replace('~', '').replace(chr(0), '')}\n~~~~~~"
    plain = before.replace("`", "").replace("~", "")
    assert markdown(f"{plain}\n{block}").endswith(f"\n{block}")


# A quadratic pattern takes minutes for these, a linear one a fraction of a second.
@pytest.mark.parametrize(
    "unit",
    [
        "<a|b",
        "<",
        "<@",
        "<!",
        "<a|",
        "<a|b>",
        "`<",
        "`<a|b>` ",
        "\n```\n<",
        "\n~~~ <",
        "\n \n`<",
        "\\`<",
        "<!here",
        "<a|<b",
        "<a|b\n",
        "~~~ a\n",
        "```",
        "` \n \n",
        "<\0|",
    ],
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    def translate(text: str) -> None:
        markdown(text)
        slack.attachment_to_markdown(Attachment(text=text), username_of=username_of)

    assert growth.is_linear(translate, unit, length=400_000)


def test_runs_of_backticks_of_every_length_take_linear_time() -> None:
    runs = " <".join("`" * length for length in range(1, 900))
    assert growth.is_linear(markdown, runs, length=len(runs))
