"""Bodies of posts: rendered once, kept, harmless."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from channels_app.markdown import code
from channels_app.membership.models import Channel
from channels_app.posts.attachments import Attachment
from channels_app.posts.models import Post
from channels_app.show import rendering
from integrations.message import slack
from mattermost_hooks import records
from mattermost_hooks.console.config import get_config
from tests import make

pytestmark = pytest.mark.django_db


def body_of(message: str = "", **more: Any) -> str:
    """The HTML of a post by ann."""
    ann = make.user("ann")
    post = make.post(make.channel(None, ann), ann, message, **more)
    return rendering.bodies([post], channel=post.channel)[post.id]


def box_of(**attachment: Any) -> str:
    """The HTML of a post with one attachment."""
    return body_of(props={"attachments": [attachment]})


def test_a_body_is_markdown() -> None:
    assert "<strong>bold</strong>" in body_of("**bold**")


def test_a_body_is_kept_without_marking_the_post_as_changed() -> None:
    ann = make.user()
    post = make.post(make.channel(None, ann), ann, "**bold**", update_at=5)
    html = rendering.bodies([post], channel=post.channel)[post.id]
    kept = Post.objects.get(id=post.id)
    assert (kept.html, kept.html_version, kept.update_at) == (html, rendering.edition(), 5)


def test_a_kept_body_is_not_rendered_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ann = make.user()
    post = make.post(
        make.channel(None, ann), ann, html="<p>kept</p>", html_version=rendering.edition()
    )
    with django_assert_num_queries(0):
        assert rendering.bodies([post], channel=post.channel)[post.id] == "<p>kept</p>"


def test_a_body_of_an_older_version_is_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    older = rendering.edition()
    monkeypatch.setattr(rendering, "VERSION", rendering.VERSION + 1)
    html = body_of("new", html="<p>old</p>", html_version=older)
    assert "new" in html


def test_a_body_follows_the_settings_that_it_depends_on(console: Callable[..., None]) -> None:
    ann = make.user()
    post = make.post(make.channel(None, ann), ann, "#tag ![x](https://chat.example.com/a.png)")

    def body() -> str:
        return rendering.bodies([Post.objects.get(id=post.id)], channel=post.channel)[post.id]

    assert 'class="hashtag"' in body()
    assert "<img" in body()
    console(ServiceSettings__MinimumHashtagLength=5)
    assert 'class="hashtag"' not in body()
    console(ServiceSettings__SiteURL="https://chat.example.com")
    assert "<img" not in body()


def test_a_post_edited_meanwhile_keeps_no_stale_body() -> None:
    ann = make.user()
    post = make.post(make.channel(None, ann), ann, "before")
    Post.objects.filter(id=post.id).update(message="after", edit_at=9)
    rendering.bodies([post], channel=post.channel)
    assert Post.objects.get(id=post.id).html == ""


def test_many_posts_cost_as_many_queries_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ann = make.user("ann")
    channel = make.channel(None, ann)
    posts = [make.post(channel, ann, "@ann ~town-square") for _ in range(30)]
    get_config()  # not of the posts
    with django_assert_num_queries(3):  # people, channels, keeping
        rendering.bodies(posts, channel=channel)


def test_people_and_channels_of_the_team_are_linked() -> None:
    html = body_of("@ann in ~town-square, not @nobody in ~nowhere")
    assert 'data-mention="ann"' in html
    assert "/channels/town-square" in html
    assert "/channels/nowhere" not in html


def test_private_channels_are_not_given_away() -> None:
    ann = make.user()
    channel = make.channel(None, ann)
    make.channel(channel.team, name="secret", type="P")
    post = make.post(channel, ann, "~secret")
    assert "href" not in rendering.bodies([post], channel=channel)[post.id]


def test_all_parts_of_an_attachment_are_shown() -> None:
    html = box_of(
        pretext="*pre*",
        author_name="Author",
        author_link="https://a.example",
        author_icon="https://a.example/i.png",
        title=":tada: Title",
        title_link="https://t.example",
        text="**text**",
        fields=[{"title": "Long", "value": "`v`"}, {"title": "Short", "value": 7, "short": True}],
        image_url="https://i.example/p.png",
        thumb_url="https://i.example/t.png",
        footer="Footer",
        footer_icon="https://f.example/i.png",
    )
    for part in (
        "<em>pre</em>",
        'href="https://a.example"',
        "Author</a>",
        "https://a.example/i.png",
        ">🎉</span> Title</a>",
        'href="https://t.example"',
        "<strong>text</strong>",
        "<dt>Long</dt>",
        "<code>v</code>",
        '<p dir="auto">7</p>',
        "https://i.example/p.png",
        "https://i.example/t.png",
        "Footer",
        "https://f.example/i.png",
    ):
        assert part in html, part


def test_titles_hold_links_and_emoji_and_field_titles_emoji() -> None:
    html = box_of(
        title="[Graph](https://g.example) :tada:",
        title_link="https://t.example",
        fields=[{"title": ":tada: **Host**", "value": "x"}],
    )
    assert '<a href="https://g.example"' in html
    assert '<a href="https://t.example"' in html
    assert "🎉</span> **Host**</dt>" in html


def test_a_footer_is_markdown() -> None:
    assert "<strong>Prometheus</strong>" in box_of(footer="**Prometheus**")


def test_mentions_are_shown_where_they_count() -> None:
    make.user("bob")
    shown = box_of(
        text="@bob @all", pretext="@bob @all", fields=[{"title": "", "value": "@bob @all"}]
    )
    assert shown.count('data-mention="bob"') == shown.count('data-mention="all"') == 3


@pytest.mark.parametrize(
    "parts",
    [
        {"title": "@bob @all", "footer": "@bob @all", "author_name": "@all"},
        {"fields": [{"title": "@bob @all"}]},
        {"fallback": "@bob @all"},
    ],
)
def test_mentions_are_not_shown_where_they_do_not_count(parts: dict[str, Any]) -> None:
    make.user("bob")
    html = box_of(**parts)
    assert "@all" in html
    assert "data-mention" not in html


@pytest.mark.parametrize(
    ("parts", "author"),
    [
        ({"author_name": "Ann"}, '<p class="author">Ann</p>'),
        ({"author_icon": "https://i.example/a.png"}, 'alt=""'),
        (
            {"author_icon": "https://i.example/a.png", "author_link": "https://a.example"},
            'alt="https://a.example"',
        ),
    ],
)
def test_an_author_is_a_name_or_a_picture(parts: dict[str, str], author: str) -> None:
    assert author in box_of(**parts)


EMPTY = "An attachment with nothing to show."


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({"fallback": "**Summary** https://a.example"}, "<strong>Summary</strong>"),
        ({"fallback": "Summary", "color": "good", "ts": 5}, '<div class="box good">'),
        (
            {"fallback": "Summary", "fields": [{"title": " ", "value": None}]},
            '<p dir="auto">Summary</p>',
        ),
        ({"title_link": "https://t.example"}, 'href="https://t.example"'),
        ({"author_link": "https://a.example"}, 'href="https://a.example"'),
        ({"footer": "Footer"}, '<p dir="auto">Footer</p>'),
        ({"image_url": "https://i.example/p.png"}, 'src="https://i.example/p.png"'),
        ({"thumb_url": "https://i.example/p.png"}, 'src="https://i.example/p.png"'),
        ({"image_url": "ftp://i.example"}, "Picture not shown: ftp://i.example"),
        ({"pretext": "above"}, '<p dir="auto">above</p>'),
        ({"fields": [{"value": 0}]}, '<p dir="auto">0</p>'),
        ({"actions": [{"name": "Approve"}, {"name": "Deny"}]}, "do not work here: Approve, Deny"),
    ],
)
def test_an_attachment_is_never_empty_while_it_says_anything(
    parts: dict[str, object], shown: str
) -> None:
    html = box_of(**parts)
    assert shown in html
    assert EMPTY not in html


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"color": "danger", "ts": 5},
        {"text": " ", "title": "\n", "footer": " ", "author_name": " ", "pretext": " "},
        {"fields": [{}, {"title": "", "value": " "}]},
        {"actions": [{}]},
        {"footer_icon": "https://i.example/p.png"},
    ],
)
def test_an_attachment_that_says_nothing_is_named(parts: dict[str, object]) -> None:
    assert EMPTY in box_of(**parts)


@pytest.mark.parametrize("part", ["text", "pretext", "title", "author_name", "footer"])
def test_a_fallback_stands_aside_for_everything_else(part: str) -> None:
    assert "Summary" not in box_of(fallback="Summary", **{part: "x"})


def test_text_above_an_attachment_stands_without_an_empty_box() -> None:
    assert '"box' not in box_of(pretext="above")


@pytest.mark.parametrize("message", ["", " ", " \n\t"])
def test_a_message_of_blanks_is_named(message: str) -> None:
    assert "A message without words." in body_of(message)


def test_a_message_without_words_beside_an_attachment_is_none_to_speak_of() -> None:
    assert "A message without words." not in box_of(text="x")


@pytest.mark.parametrize("label", ["b c", "b\nc", "b\n**c**"])
def test_a_link_of_slack_is_one_whatever_its_label(label: str) -> None:
    given = Attachment(text=f"<https://a.example/x|{label}>")
    text = slack.attachment_to_markdown(given, username_of=lambda _: None).text
    assert '<a href="https://a.example/x"' in box_of(text=text)


@pytest.mark.parametrize(
    ("color", "shown"),
    [
        ("good", 'class="box good"'),
        ("warning", 'class="box warning"'),
        ("danger", 'class="box danger"'),
        ("#Ff0000", 'fill="#Ff0000"'),
        ("0af", 'fill="#0af"'),
    ],
)
def test_known_colors_are_shown(color: str, shown: str) -> None:
    assert shown in box_of(text="x", color=color)


@pytest.mark.parametrize(
    "color", ["red", "#12", "#0af;x", 'x" onload="y', "url(https://e.example)"]
)
def test_other_colors_leave_no_trace(color: str) -> None:
    html = box_of(text="x", color=color)
    assert 'class="box "' in html
    assert "fill=" not in html
    assert "onload" not in html


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example", "//x"]
)
def test_addresses_of_other_kinds_are_not_linked(url: str) -> None:
    html = box_of(
        title="t", title_link=url, author_name="a", author_link=url, image_url=url, thumb_url=url
    )
    assert "href" not in html
    assert "<img" not in html


def test_markup_in_plain_parts_is_shown_as_text() -> None:
    html = box_of(title="<b>t</b>", author_name="<i>a</i>", footer="<u>f</u>", text="<s>x</s>")
    for tag in ("<b>", "<i>", "<u>", "<s>"):
        assert tag not in html
    assert "&lt;b&gt;t&lt;/b&gt;" in html


def test_long_footers_are_cut() -> None:
    assert "x" * rendering.LONGEST_FOOTER + "…" in box_of(footer="x" * 400)


@pytest.mark.parametrize("attachments", [7, "x", [7], [{"text": 7}], [None], {"text": "x"}])
def test_attachments_that_are_none_do_not_break_the_page(attachments: object) -> None:
    assert "hello" in body_of("hello", props={"attachments": attachments})


def test_a_page_with_more_channel_names_than_a_statement_takes_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "LARGEST_BATCH", 2)
    ann = make.user()
    team = make.team(ann)
    channel = make.channel(team, ann)
    other = make.channel(team, ann)
    text = " ".join(f"~no-channel{number}" for number in range(5))
    post = make.post(channel, ann, f"{text} ~{other.name}")
    body = rendering.bodies([post], channel=channel)[post.id]
    assert f"/{team.name}/channels/{other.name}" in body


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/gold/messages/@bob", "Picture not shown: /gold/messages/@bob"),
        ("https://chat.example.com/x", 'Picture not shown: <a href="https://chat.example.com/x"'),
        ("javascript:alert(1)", "Picture not shown: javascript:alert(1)"),
    ],
)
@pytest.mark.parametrize("part", ["image_url", "thumb_url", "author_icon", "footer_icon"])
def test_a_picture_of_an_attachment_that_acts_for_the_reader_is_named_instead(
    part: str, url: str, shown: str, console: Callable[..., None]
) -> None:
    console(ServiceSettings__SiteURL="https://chat.example.com")
    html = box_of(author_name="a", footer="f", **{part: url})
    assert "<img" not in html
    assert shown in html


# --- What was made to hurt ------------------------------------------------------------------------------


def channel_of(*texts: str) -> tuple[Channel, list[Post]]:
    """A channel with these posts, newest first."""
    ann = make.user()
    channel = make.channel(None, ann)
    return channel, [make.post(channel, ann, text) for text in texts]


def seen(channel: Channel, posts: list[Post]) -> list[str]:
    """What the next reader sees of the posts."""
    read = [Post.objects.get(id=post.id) for post in posts]
    shown = rendering.bodies(read, channel=channel)
    return [shown[post.id] for post in posts]


def test_a_page_renders_so_much_and_its_next_readers_the_rest() -> None:
    channel, posts = channel_of(*["|a|b|\n|-|-|\n" * 1300] * 12)
    tables = []
    for _ in range(20):
        html = seen(channel, posts)
        tables.append(sum("<table" in one for one in html))
        assert sum("Not formatted yet" in one for one in html) == 12 - tables[-1]
        if tables[-1] == 12:
            break
    assert 0 < tables[0] < 12
    assert tables == sorted(set(tables)), "each reader has rendered more"
    # The next reader renders nothing.
    assert [Post.objects.get(id=post.id).html_version for post in posts] == [
        rendering.edition()
    ] * 12


def test_what_ran_out_of_time_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    channel, posts = channel_of("```py\nimport os\n```", "**bold**")
    with monkeypatch.context() as slow:
        slow.setattr(code, "_tokens", lambda *args, **options: None)
        assert "import os" in seen(channel, posts)[0]
    assert [Post.objects.get(id=post.id).html_version != 0 for post in posts] == [False, True]
    assert 'class="kn">import<' in seen(channel, posts)[0]
    assert Post.objects.get(id=posts[0].id).html_version == rendering.edition()


def test_the_newest_posts_are_rendered_first_and_short_ones_beside_long_ones() -> None:
    channel, posts = channel_of("**new**", *["*a " * 5400] * 9, "**old**")
    html = seen(channel, posts)
    assert "<strong>new</strong>" in html[0]
    assert "Not formatted yet" in html[9]
    assert '<p class="as-written" dir="auto">**old**</p>' in html[10]


def test_mentions_of_a_post_that_had_to_wait_are_known_when_it_is_rendered() -> None:
    channel, posts = channel_of(*["@ann " + "*a " * 5400] * 9)
    make.user("ann")
    assert "data-mention" not in seen(channel, posts)[8]
    for _ in range(9):
        html = seen(channel, posts)
    assert all('data-mention="ann"' in one for one in html)


def test_a_post_that_is_too_much_to_format_stays_as_it_was_written(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    channel, posts = channel_of("secret" + "*a " * 21_000, "**b**")
    html = seen(channel, posts)
    assert "too much to format" in html[0]
    assert "<strong>b</strong>" in html[1]
    assert Post.objects.get(id=posts[0].id).html_version == rendering.edition()
    [record] = [one for one in caplog.records if one.name == "channels_app.show.rendering"]
    assert posts[0].id in record.getMessage()
    assert "secret" not in caplog.text


def test_a_post_of_the_greatest_size_that_names_many_is_rendered_in_the_end() -> None:
    channel, posts = channel_of("**a** " + "@a\n" * 21_000)
    assert "too much to format" in seen(channel, posts)[0]


def test_html_that_grew_too_long_gives_way_to_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "LONGEST_HTML_OF_POST", 1000)
    html = body_of(":smile: " * 100)
    assert "too much to format" in html
    assert "emoji" not in html


def test_a_full_page_shows_beginnings_that_lead_to_whole_posts() -> None:
    channel, posts = channel_of(*[f"{number} " + "<>&" * 5000 for number in range(60)], "short")
    first, *others, last = html = seen(channel, posts)
    assert len("".join(html)) < 1.2 * rendering.LONGEST_HTML_OF_PAGE
    assert "This page is full" not in first
    assert f'<a href="?before={posts[-3].id}">Show the whole post</a>' in others[-1]
    assert "59 &lt;&gt;" in others[-1]
    assert '<p dir="auto">short</p>' in last
    # Where the link leads, the post comes first.
    assert "This page is full" not in seen(channel, posts[-2:])[0]


def test_attachments_count_as_work_of_their_post() -> None:
    ann = make.user()
    channel = make.channel(None, ann)
    attachments = [{"text": "*a " * 2000}]
    posts = [make.post(channel, ann, props={"attachments": attachments}) for _ in range(20)]
    html = seen(channel, posts)
    assert "Not formatted yet" not in html[0]
    assert "Not formatted yet" in html[19]
