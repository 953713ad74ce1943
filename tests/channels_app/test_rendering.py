"""Bodies of posts: rendered once, kept, harmless."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from channels_app import rendering
from channels_app.models import Post
from mattermost_hooks import records
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
    assert (kept.html, kept.html_version, kept.update_at) == (html, rendering.VERSION, 5)


def test_a_kept_body_is_not_rendered_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ann = make.user()
    post = make.post(
        make.channel(None, ann), ann, html="<p>kept</p>", html_version=rendering.VERSION
    )
    with django_assert_num_queries(0):
        assert rendering.bodies([post], channel=post.channel)[post.id] == "<p>kept</p>"


def test_a_body_of_an_older_version_is_rendered_again() -> None:
    html = body_of("new", html="<p>old</p>", html_version=rendering.VERSION - 1)
    assert "new" in html


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
        "🎉 Title</a>",
        'href="https://t.example"',
        "<strong>text</strong>",
        "<dt>Long</dt>",
        "<code>v</code>",
        "<p>7</p>",
        "https://i.example/p.png",
        "https://i.example/t.png",
        "Footer",
        "https://f.example/i.png",
    ):
        assert part in html, part


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
        ("https://example.com/a.png", "https://example.com/a.png"),
        ("/emoji/1f47b.svg", "/emoji/1f47b.svg"),
        ("/gold/messages/@bob", ""),
        ("/static/../logout", ""),
        ("//example.com/a.png", ""),
        ("javascript:alert(1)", ""),
        ("data:image/png;base64,x", ""),
    ],
)
def test_a_page_loads_pictures_from_the_web_and_our_own_places_only(url: str, shown: str) -> None:
    assert rendering.picture_address(url) == shown
