"""Posts as a page shows them."""

from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from channels_app.posts.models import Post
from channels_app.show import excerpts, timeline
from channels_app.show.timeline import Line
from tests import make

pytestmark = pytest.mark.django_db

NOON = 1_700_049_600_000  # 15 November 2023, 12:00 UTC
HOUR = 3_600_000


def line_of(post: Post) -> Line:
    """The post as its channel's page shows it."""
    return timeline.lines([post], channel=post.channel, zone=UTC)[0]


def webhook_post(**props: Any) -> Post:
    """A post that came through a webhook of ann."""
    ann = make.user("ann", first_name="Ann", last_name="Archer")
    return make.post(make.channel(None, ann), ann, props={"from_webhook": "true"} | props)


def test_a_person_is_shown_by_display_name_and_can_be_written_to() -> None:
    ann = make.user("ann", first_name="Ann", last_name="Archer")
    line = line_of(make.post(make.channel(None, ann), ann))
    assert (line.name, line.username, line.is_bot) == ("Ann Archer", "ann", False)
    assert line.avatar.initials == "AA"


def test_a_webhook_post_is_marked_and_its_name_leads_to_nobody() -> None:
    line = line_of(webhook_post(override_username="bob"))
    assert (line.name, line.username, line.is_bot) == ("bob", "", True)


def test_a_webhook_post_without_a_name_of_its_own_shows_the_owner_and_is_marked() -> None:
    line = line_of(webhook_post())
    assert (line.name, line.username, line.is_bot) == ("Ann Archer", "", True)


def test_a_bot_is_marked() -> None:
    robot = make.user("robot", is_bot=True)
    assert line_of(make.post(make.channel(None, robot), robot)).is_bot


def test_what_the_server_says_bears_nobodys_name() -> None:
    ann = make.user("ann")
    line = line_of(make.post(make.channel(None, ann), ann, type="system_join_channel"))
    assert (line.name, line.username, line.is_bot, line.is_system) == ("System", "", False, True)


def test_people_cannot_borrow_names_or_pictures() -> None:
    ann = make.user("ann")
    props = {"override_username": "boss", "override_icon_url": "https://example.com/boss.png"}
    line = line_of(make.post(make.channel(None, ann), ann, props=props))
    assert (line.name, line.avatar.picture, line.is_bot) == ("ann", "", False)


@pytest.mark.parametrize(
    ("icon_url", "picture"),
    [
        ("https://example.com/a.png", "https://example.com/a.png"),
        ("/emoji/1f47b.svg", "/emoji/1f47b.svg"),
        ("javascript:alert(1)", ""),
        ("data:image/svg+xml,x", ""),
        ("//example.com/a.png", ""),
        ("http://[broken", ""),
        (7, ""),
    ],
)
def test_only_harmless_addresses_become_pictures(icon_url: object, picture: str) -> None:
    assert line_of(webhook_post(override_icon_url=icon_url)).avatar.picture == picture


def test_a_webhook_without_a_picture_gets_the_sign_of_webhooks_while_pictures_are_allowed(
    console: Callable[..., None],
) -> None:
    console(ServiceSettings__EnablePostIconOverride=True)
    assert line_of(webhook_post()).avatar.is_program


def test_a_new_day_begins_where_the_readers_clock_says_so() -> None:
    ann = make.user()
    channel = make.channel(None, ann)
    late = make.post(channel, ann, create_at=NOON + 11 * HOUR)
    later = make.post(channel, ann, create_at=NOON + 13 * HOUR)
    east = timezone(timedelta(hours=2))
    in_utc = timeline.lines([later, late], channel=channel, zone=UTC)
    in_the_east = timeline.lines([later, late], channel=channel, zone=east)
    assert [line.opens_day for line in in_utc] == [True, True]
    assert [line.opens_day for line in in_the_east] == [True, False]


def test_posts_that_follow_on_the_same_day_open_no_new_one() -> None:
    ann = make.user()
    channel = make.channel(None, ann)
    shown = make.post(channel, ann, create_at=NOON)
    new = make.post(channel, ann, create_at=NOON + HOUR)
    assert not timeline.lines([new], channel=channel, zone=UTC, follows=shown)[0].opens_day


def test_a_reply_quotes_the_start_of_what_it_answers() -> None:
    ann = make.user()
    channel = make.channel(None, ann)
    root = make.post(channel, ann, "the   question\n" + "x" * 200)
    reply = make.post(channel, ann, "the answer", root=root)
    line = line_of(reply)
    assert line.thread is not None
    assert line.thread.id == root.id
    assert line.thread.excerpt.startswith("the question xxx")
    assert len(line.thread.excerpt) == excerpts.LONGEST + 1
