"""The pages people talk on."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from channels_app import pages
from channels_app.models import Channel, ChannelMember, Post, Team
from tests import browsing, make

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
ALERT = "<script>alert(1)</script>"


@pytest.fixture
def ann() -> User:
    """A member of the channel."""
    return make.user("ann")


@pytest.fixture
def team(ann: User) -> Team:
    """The team "demo"."""
    return make.team(ann, name="demo")


@pytest.fixture
def square(team: Team) -> Channel:
    """Its town square."""
    return Channel.objects.get(team=team, name="town-square")


def square_page(user: User, **query: str) -> str:
    """The page of town square."""
    response = browsing.signed_in(user).get("/demo/channels/town-square", query)
    assert response.status_code == 200
    return browsing.text_of(response)


def say(user: User, message: str, **more: Any) -> Any:
    """Send the message box of town square."""
    fields = {"message": message} | more.pop("fields", {})
    return browsing.signed_in(user).post("/demo/channels/town-square/say", fields, **more)


# --- Where to begin -----------------------------------------------------------------------------------


def test_a_visitor_is_asked_to_sign_in_and_comes_back(client: Any) -> None:
    response = client.get("/demo/channels/town-square")
    assert response.headers["Location"] == "/login?next=/demo/channels/town-square"


def test_the_start_leads_to_town_square_of_the_first_team(ann: User, square: Channel) -> None:
    response = browsing.signed_in(ann).get("/")
    assert response.headers["Location"] == "/demo/channels/town-square"


def test_who_is_in_no_team_is_told_so() -> None:
    page = browsing.text_of(browsing.signed_in(make.user()).get("/"))
    assert "You are in no team yet" in page


# --- Who may see what ---------------------------------------------------------------------------------


def test_a_stranger_finds_no_team(square: Channel) -> None:
    response = browsing.signed_in(make.user()).get("/demo/channels/town-square")
    assert response.status_code == 404


def test_a_private_channel_is_not_there_for_others(ann: User, square: Channel) -> None:
    make.channel(square.team, name="secret", type="P")
    response = browsing.signed_in(ann).get("/demo/channels/secret")
    assert response.status_code == 404


def test_a_direct_channel_is_not_there_for_a_third(ann: User, square: Channel) -> None:
    bob, cat = make.user("bob"), make.user("cat")
    name = "__".join(sorted((bob.id, cat.id)))
    direct = Channel.objects.create(name=name, type="D")
    ChannelMember.objects.create(channel=direct, user=bob)
    response = browsing.signed_in(ann).get(f"/demo/channels/{name}/new")
    assert response.status_code == 404


def test_a_channel_that_was_not_joined_offers_to_join(ann: User, square: Channel) -> None:
    make.channel(square.team, name="lounge")
    client = browsing.signed_in(ann)
    assert "Join channel" in browsing.text_of(client.get("/demo/channels/lounge"))
    client.post("/demo/channels/lounge/join")
    assert 'id="message-box"' in browsing.text_of(client.get("/demo/channels/lounge"))


def test_browsing_lists_public_channels_only(ann: User, square: Channel) -> None:
    make.channel(square.team, name="lounge")
    make.channel(square.team, name="secret", type="P")
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/browse"))
    assert "~lounge" in page
    assert "~secret" not in page


# --- What a channel shows -----------------------------------------------------------------------------


def test_posts_are_shown_in_the_order_they_were_made(ann: User, square: Channel) -> None:
    for number in range(3):
        make.post(square, ann, f"message {number}", create_at=1000 + number)
    assert re.findall(r"message \d", square_page(ann)) == ["message 0", "message 1", "message 2"]


def test_every_text_of_others_is_escaped(ann: User, square: Channel) -> None:
    ann.nickname = ALERT
    ann.save()
    props = {
        "from_webhook": "true",
        "override_username": ALERT,
        "override_icon_url": f'/x"{ALERT}',
        "attachments": [{"title": ALERT, "text": ALERT, "fields": [{"title": ALERT, "value": 1}]}],
    }
    root = make.post(square, ann, ALERT)
    make.post(square, ann, ALERT, props=props)
    make.post(square, ann, "reply", root=root)
    Channel.objects.filter(id=square.id).update(header=ALERT, display_name=ALERT)
    assert "<script>alert" not in square_page(ann)


def test_a_page_costs_as_many_queries_for_many_posts_as_for_one(ann: User, square: Channel) -> None:
    bob = make.user("bob")
    root = make.post(square, bob, "**first**")
    client = browsing.signed_in(ann)

    def queries_of_a_page() -> int:
        client.get("/demo/channels/town-square")  # keeps the bodies
        with CaptureQueriesContext(connection) as queries:
            client.get("/demo/channels/town-square")
        return len(queries)

    make.post(square, ann, "a reply", root=root)
    few = queries_of_a_page()
    for number in range(40):
        make.post(square, make.user(), f"@ann **{number}**", root=root)
    assert queries_of_a_page() == few


def test_days_and_times_are_those_of_the_readers_clock(ann: User, square: Channel) -> None:
    make.post(square, ann, create_at=1_700_089_200_000)  # 15 November 2023, 23:00 UTC
    client = browsing.signed_in(ann)
    client.cookies["timezone"] = "Europe%2FBerlin"
    page = browsing.text_of(client.get("/demo/channels/town-square"))
    assert "Thursday, 16 November 2023" in page
    assert ">00:00</time>" in page


@pytest.mark.parametrize("zone", ["Nowhere/Else", "../../etc/passwd", "\x00", "x" * 500])
def test_an_unknown_clock_is_utc(zone: str, ann: User, square: Channel) -> None:
    make.post(square, ann, create_at=1_700_089_200_000)
    client = browsing.signed_in(ann)
    client.cookies["timezone"] = zone
    assert ">23:00</time>" in browsing.text_of(client.get("/demo/channels/town-square"))


def test_looking_marks_the_channel_as_seen(ann: User, square: Channel) -> None:
    post = make.post(square, make.user())
    square_page(ann)
    assert ChannelMember.objects.get(channel=square, user=ann).last_viewed_at == post.create_at


def test_a_direct_channel_bears_the_name_of_the_other(ann: User, square: Channel) -> None:
    make.user("bob")
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/messages/@bob"))
    assert "<h1>@bob</h1>" in page


def test_messages_to_nobody_are_not_found(ann: User, square: Channel) -> None:
    assert browsing.signed_in(ann).get("/demo/messages/@nobody").status_code == 404


# --- Older and newer ----------------------------------------------------------------------------------


def fill(square: Channel, ann: User, count: int) -> list[Post]:
    """So many posts, an hour apart."""
    return [
        make.post(square, ann, f"number {number}.", create_at=3_600_000 * (number + 1))
        for number in range(count)
    ]


def test_older_posts_are_behind_a_link(ann: User, square: Channel) -> None:
    posts = fill(square, ann, pages.PAGE_SIZE + 2)
    latest = square_page(ann)
    oldest_shown = posts[2]
    assert f"?before={oldest_shown.id}" in latest
    assert "number 1." not in latest
    older = square_page(ann, before=oldest_shown.id)
    assert "number 0." in older
    assert "number 1." in older
    assert "Show older posts" not in older


def test_older_posts_of_a_day_that_is_shown_take_its_heading_over(
    ann: User, square: Channel
) -> None:
    posts = fill(square, ann, 4)
    response = browsing.signed_in(ann).get(
        "/demo/channels/town-square", {"before": posts[2].id}, headers=HTMX
    )
    page = browsing.text_of(response)
    assert '<li id="day-1970-01-01" hx-swap-oob="delete">' in page
    assert "<html" not in page


def test_only_what_followed_is_new(ann: User, square: Channel) -> None:
    posts = fill(square, ann, 3)
    response = browsing.signed_in(ann).get(
        "/demo/channels/town-square/new", {"after": posts[0].id}, headers=HTMX
    )
    page = browsing.text_of(response)
    assert re.findall(r"number \d", page) == ["number 1", "number 2"]
    assert 'class="day"' not in page


def test_everything_is_new_on_an_empty_page(ann: User, square: Channel) -> None:
    fill(square, ann, 2)
    response = browsing.signed_in(ann).get("/demo/channels/town-square/new", headers=HTMX)
    assert re.findall(r"number \d", browsing.text_of(response)) == ["number 0", "number 1"]


# --- The message box ----------------------------------------------------------------------------------


def test_a_message_is_posted_and_the_page_comes_back(ann: User, square: Channel) -> None:
    response = say(ann, "hello\r\nthere")
    assert response.headers["Location"] == "/demo/channels/town-square"
    assert Post.objects.get().message == "hello\nthere"


def test_a_script_is_told_to_fetch_what_it_said(ann: User, square: Channel) -> None:
    response = say(ann, "hello", headers=HTMX)
    assert response.headers["HX-Trigger"] == "said"
    assert browsing.text_of(response).strip() == ""


def test_the_same_sending_twice_is_one_post(ann: User, square: Channel) -> None:
    for _ in range(2):
        say(ann, "hello", fields={"pending_post_id": "abc"})
    assert Post.objects.count() == 1


def test_a_message_in_a_direct_channel_comes_back_to_the_other(ann: User, square: Channel) -> None:
    make.user("bob")
    client = browsing.signed_in(ann)
    page = browsing.text_of(client.get("/demo/messages/@bob"))
    action = re.search(r'action="([^"]+/say)"', page)
    assert action
    response = client.post(action[1], {"message": "hi"})
    assert response.headers["Location"] == "/demo/messages/@bob"


def test_a_refused_message_stays_in_the_box_with_the_reason(
    ann: User, square: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__MaxPostSize=4000)
    response = say(ann, "x" * 4001)
    page = browsing.text_of(response)
    assert response.status_code == 400
    assert "x" * 4001 in page
    assert 'role="alert">\n' not in page
    assert not Post.objects.exists()


def test_a_script_gets_only_the_reason(
    ann: User, square: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__MaxPostSize=4000)
    response = say(ann, "x" * 4001, headers=HTMX)
    assert response.status_code == 200
    assert "HX-Trigger" not in response.headers
    assert "<form" not in browsing.text_of(response)
    assert browsing.text_of(response).strip()


def test_who_has_not_joined_is_refused_in_words(team: Team, square: Channel) -> None:
    bob = make.user("bob")
    team.members.create(user=bob)
    response = say(bob, "hello", headers=HTMX)
    assert "You do not have the appropriate permissions." in browsing.text_of(response)


def test_a_message_without_the_csrf_word_is_refused(ann: User, square: Channel) -> None:
    client = browsing.signed_in(ann, checks_csrf=True)
    response = client.post("/demo/channels/town-square/say", {"message": "hello"})
    assert response.status_code == 403
    assert not Post.objects.exists()


# --- Pictures -----------------------------------------------------------------------------------------


def test_an_emoji_is_a_picture_that_may_be_kept_for_a_year(client: Any) -> None:
    response = client.get("/emoji/1f468-200d-1f4bb.svg")
    assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert "max-age=31536000" in response.headers["Cache-Control"]
    assert "\U0001f468\u200d\U0001f4bb" in browsing.text_of(response)


@pytest.mark.parametrize("code_points", ["-", "110000", "d800", "ffffffffffffffff", "1f-", "0"])
def test_what_is_no_emoji_is_not_found(code_points: str, client: Any) -> None:
    assert client.get(f"/emoji/{code_points}.svg").status_code == 404
