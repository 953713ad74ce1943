"""From a message to posts: name and icon, props, type, splitting."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from channels_app.membership.models import Channel
from channels_app.posts import posts
from channels_app.posts.models import Post
from integrations.message import posting
from integrations.message.message import Message
from integrations.message.posting import RESERVED_PROPS, Sender, post_message
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def channel() -> Channel:
    """A public channel."""
    return make.channel()


def post(channel: Channel, sender: Sender | None = None, **payload: Any) -> list[Post]:
    return post_message(
        user=make.user(),
        channel=channel,
        message=Message.parse(json.dumps(payload)),
        sender=sender or Sender(),
    )


@pytest.mark.parametrize("names_allowed", [True, False])
@pytest.mark.parametrize("icons_allowed", [True, False])
def test_name_and_icon_are_overridden_independently(
    channel: Channel, console: Callable[..., None], *, names_allowed: bool, icons_allowed: bool
) -> None:
    console(
        ServiceSettings__EnablePostUsernameOverride=names_allowed,
        ServiceSettings__EnablePostIconOverride=icons_allowed,
    )
    (made,) = post(channel, text="hi", username="robot", icon_url="http://example.com/i.png")
    expected = {"from_webhook": "true", "webhook_display_name": ""}
    if names_allowed:
        expected["override_username"] = "robot"
    if icons_allowed:
        expected["override_icon_url"] = "http://example.com/i.png"
    assert made.props == expected


def test_what_the_message_leaves_open_the_hook_says(
    channel: Channel, console: Callable[..., None]
) -> None:
    console(
        ServiceSettings__EnablePostUsernameOverride=True,
        ServiceSettings__EnablePostIconOverride=True,
    )
    (made,) = post(channel, Sender("ci hook", "ci", "http://example.com/ci.png"), text="hi")
    assert made.props == {
        "from_webhook": "true",
        "webhook_display_name": "ci hook",
        "override_username": "ci",
        "override_icon_url": "http://example.com/ci.png",
    }
    (unnamed,) = post(channel, text="hi")
    assert unnamed.props["override_username"] == "webhook"


def test_an_emoji_icon_comes_with_the_address_of_its_picture(
    channel: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__EnablePostIconOverride=True)
    (made,) = post(channel, text="hi", icon_emoji=":ghost:")
    assert made.props["override_icon_emoji"] == ":ghost:"
    assert "1f47b" in made.props["override_icon_url"]
    (unknown,) = post(channel, text="hi", icon_emoji="no_such_emoji")
    assert "override_icon_url" not in unknown.props


def test_reserved_props_cannot_be_given(channel: Channel) -> None:
    (made,) = post(channel, text="hi", props=dict.fromkeys(RESERVED_PROPS, "x") | {"card": "kept"})
    assert made.props == {"card": "kept", "from_webhook": "true", "webhook_display_name": ""}


def test_with_attachments_the_type_is_slack_attachment(channel: Channel) -> None:
    (made,) = post(channel, text="hi", type="custom_x", attachments=[{"text": "a"}])
    assert made.type == posts.SLACK_ATTACHMENT
    assert made.props["attachments"][0]["text"] == "a"


@pytest.mark.parametrize("post_type", ["system_join_team", "foo", "custom_" + "x" * 20])
def test_other_types_than_custom_ones_are_refused(channel: Channel, post_type: str) -> None:
    with pytest.raises(AppError) as refusal:
        post(channel, text="hi", type=post_type)
    assert refusal.value.status == 400


def test_slack_markup_is_translated_in_text_and_attachments(channel: Channel) -> None:
    bob = make.user("bob")
    (made,) = post(
        channel,
        text=f"<!channel> <@{bob.id}> <http://a.b|link>",
        attachments=[{"pretext": "<!here>", "title": "<http://a.b|not here>"}],
    )
    assert made.message == "@channel @bob [link](http://a.b)"
    attachment = made.props["attachments"][0]
    assert (attachment["pretext"], attachment["title"]) == ("@here", "<http://a.b|not here>")


@pytest.mark.parametrize(
    ("length", "pieces"), [(16383, [16383]), (16384, [16383, 1]), (40000, [16383, 16383, 7234])]
)
def test_a_long_text_becomes_posts_in_order(
    channel: Channel, length: int, pieces: list[int]
) -> None:
    made = post(channel, text="ä" * length)
    assert [len(one.message) for one in made] == pieces
    assert posts.latest(channel)[::-1] == made


def test_attachments_stand_on_the_last_piece(channel: Channel) -> None:
    first, last = post(channel, text="x" * 16384, attachments=[{"text": "a"}])
    assert "attachments" not in first.props
    assert len(last.props["attachments"]) == 1


def test_attachments_that_do_not_fit_open_further_posts(channel: Channel) -> None:
    made = post(channel, text="t", attachments=[{"text": "a" * 3000}] * 4)
    assert [one.message for one in made] == ["t", ""]
    assert [len(one.props["attachments"]) for one in made] == [2, 2]
    assert all(posts.props_length(one.props) <= posts.LONGEST_CALLER_PROPS for one in made)


def test_an_attachment_too_large_for_a_post_loses_the_end_of_its_text(
    channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    (made,) = post(channel, attachments=[{"text": "a" * 9000}])
    assert posts.props_length(made.props) == posts.LONGEST_CALLER_PROPS
    assert "lost the last" in caplog.text


def test_props_that_cannot_be_split_are_refused_and_nothing_is_posted(channel: Channel) -> None:
    for payload in ({"props": {"k": "x" * 7600}}, {"attachments": [{"title": "x" * 9000}]}):
        with pytest.raises(AppError) as refusal:
            post(channel, text="x" * 20000, **payload)
        assert refusal.value.id == "web.incoming_webhook.split_props_length.app_error"
    assert not Post.objects.exists()


def test_a_message_becomes_so_many_posts_and_no_more(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, console: Callable[..., None]
) -> None:
    monkeypatch.setattr(posting, "MOST_POSTS", 3)
    console(ServiceSettings__MaxPostSize=1000)
    assert len(post(channel, text="x" * 3000, attachments=[{"text": "a"}])) == 3
    before = Post.objects.count()
    large = {"text": "a" * 7000}
    for payload, named in (
        ({"text": "x" * 3001}, "text is longer than 3000 characters"),
        ({"text": "x" * 2001, "attachments": [large] * 2}, "text and attachments"),
        ({"attachments": [large] * 4}, "text and attachments"),
    ):
        with pytest.raises(AppError) as refusal:
            post(channel, **payload)
        assert refusal.value.id == "web.incoming_webhook.too_many_posts.app_error"
        assert refusal.value.status == 400
        assert named in refusal.value.detail
    assert Post.objects.count() == before


def test_the_largest_body_of_text_is_posted_and_that_of_short_posts_is_not(
    channel: Channel,
) -> None:
    four_mib = 4 * 1024 * 1024
    assert four_mib <= posting.MOST_POSTS * 16_383 < 1.02 * four_mib
    large = {"text": "a" * 7000}
    with pytest.raises(AppError):
        post(channel, attachments=[large] * (posting.MOST_POSTS + 1))


@pytest.mark.django_db(transaction=True)
def test_when_a_part_fails_no_part_stands(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = posts.create, []

    def fail_at_the_third(**fields: Any) -> Post:
        calls.append(fields)
        if len(calls) == 3:
            raise AppError("broken", "Broken.")
        return real(**fields)

    monkeypatch.setattr(posts, "create", fail_at_the_third)
    with pytest.raises(AppError):
        post(channel, text="x" * 40000)
    assert not Post.objects.exists()
