"""The pages people talk on."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership.models import Channel, ChannelMember, Team
from channels_app.pages.team import CHANNELS_ON_A_PAGE
from channels_app.posts.models import Post
from channels_app.show import page_frame, windows
from channels_app.unread import counters
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


def test_a_direct_channel_bears_the_name_of_the_other(ann: User, square: Channel) -> None:
    channels.direct(ann, make.user("bob"))
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/messages/@bob"))
    assert "<h1>@bob</h1>" in page


def test_messages_to_nobody_are_not_found(ann: User, square: Channel) -> None:
    assert browsing.signed_in(ann).get("/demo/messages/@nobody").status_code == 404


# --- What has been read -------------------------------------------------------------------------------


def unread_of(user: User, channel: Channel) -> int:
    """How many posts the person has not read."""
    return counters.unread(ChannelMember.objects.get(channel=channel, user=user)).posts


def tell_shown(user: User, post_id: str, **more: Any) -> Any:
    """Tell the server up to which post town square was shown."""
    path = "/demo/channels/town-square/viewed"
    return browsing.signed_in(user, checks_csrf=False).post(path, {"post_id": post_id}, **more)


def test_looking_reads_nothing_and_telling_so_does(ann: User, square: Channel) -> None:
    posts = fill(square, make.user(), 3)
    square_page(ann)
    assert unread_of(ann, square) == 3
    assert tell_shown(ann, posts[-1].id, headers=HTMX).status_code == 204
    assert unread_of(ann, square) == 0


def test_what_came_after_the_shown_post_stays_unread(ann: User, square: Channel) -> None:
    posts = fill(square, make.user(), 3)
    tell_shown(ann, posts[1].id)
    assert unread_of(ann, square) == 1
    tell_shown(ann, posts[0].id)  # a page that lags behind
    assert unread_of(ann, square) == 1


def test_deleted_posts_that_no_page_can_show_do_not_stay_unread(ann: User, square: Channel) -> None:
    posts = fill(square, make.user(), 3)
    Post.objects.filter(id=posts[2].id).update(delete_at=1)
    tell_shown(ann, posts[1].id)
    assert unread_of(ann, square) == 0


def test_without_scripts_a_button_says_that_all_was_read(ann: User, square: Channel) -> None:
    newest = fill(square, make.user(), 2)[-1]
    page = square_page(ann)
    assert re.search(rf'name="post_id" value="{newest.id}"><button', page)
    response = tell_shown(ann, newest.id)
    assert response.headers["Location"] == "/demo/channels/town-square"


def test_a_post_of_another_channel_tells_nothing(ann: User, square: Channel) -> None:
    elsewhere = make.post(make.channel(square.team, ann), ann)
    response = tell_shown(ann, elsewhere.id)
    assert response.status_code == 400
    assert "post_id" in browsing.text_of(response)


def test_reading_is_told_with_the_csrf_word_only(ann: User, square: Channel) -> None:
    post = make.post(square, make.user())
    client = browsing.signed_in(ann, checks_csrf=True)
    response = client.post("/demo/channels/town-square/viewed", {"post_id": post.id})
    assert response.status_code == 403
    assert unread_of(ann, square) == 1


# --- Direct channels ----------------------------------------------------------------------------------


def test_a_direct_channel_is_made_by_the_first_message_only(ann: User, square: Channel) -> None:
    make.user("bob")
    client = browsing.signed_in(ann)
    page = browsing.text_of(client.get("/demo/messages/@bob"))
    assert "<h1>@bob</h1>" in page
    assert "data-events" not in page
    assert not Channel.objects.filter(type="D").exists()
    action = re.search(r'action="([^"]+/say)"', page)
    assert action
    response = client.post(action[1], {"message": "hi"})
    assert response.headers["Location"] == "/demo/messages/@bob"
    assert Post.objects.get().channel.type == "D"
    assert "data-events" in browsing.text_of(client.get("/demo/messages/@bob"))


def test_a_first_message_that_is_refused_stays_in_the_box(
    ann: User, square: Channel, console: Callable[..., None]
) -> None:
    console(TeamSettings__RestrictDirectMessage="team")
    make.user("bob")
    response = browsing.signed_in(ann).post("/demo/messages/@bob/say", {"message": "hi there"})
    page = browsing.text_of(response)
    assert response.status_code == 403
    assert "hi there</textarea>" in page
    assert "they do not share a team" in page
    assert not Channel.objects.filter(type="D").exists()


@pytest.mark.parametrize("typed", ["bob", "@bob", " BOB "])
def test_a_typed_name_leads_to_the_direct_channel(typed: str, ann: User, square: Channel) -> None:
    make.user("bob")
    response = browsing.signed_in(ann).get("/demo/messages", {"username": typed})
    assert response.headers["Location"] == "/demo/messages/@bob"


# --- Older and newer ----------------------------------------------------------------------------------


def fill(square: Channel, ann: User, count: int) -> list[Post]:
    """So many posts, an hour apart."""
    return [
        make.post(square, ann, f"number {number}.", create_at=3_600_000 * (number + 1))
        for number in range(count)
    ]


def test_older_posts_are_behind_a_link(ann: User, square: Channel) -> None:
    posts = fill(square, ann, windows.SIZE + 2)
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


def test_newer_posts_are_behind_a_link_that_scripts_follow_in_place(
    ann: User, square: Channel
) -> None:
    posts = fill(square, ann, windows.SIZE + 10)
    page = square_page(ann, around=posts[4].id)
    assert f'href="?after={posts[34].id}#posts"' in page
    assert "data-events" not in page
    response = browsing.signed_in(ann).get(
        "/demo/channels/town-square", {"after": posts[34].id}, headers=HTMX
    )
    more = browsing.text_of(response)
    assert re.findall(r"number (\d+)", more) == [str(number) for number in range(35, 70)]
    assert "Show newer posts" not in more
    assert "<html" not in more


def test_after_the_newest_post_come_the_latest(ann: User, square: Channel) -> None:
    posts = fill(square, ann, 3)
    page = square_page(ann, after=posts[-1].id)
    assert "number 0." in page
    assert "data-events" in page
    response = browsing.signed_in(ann).get(
        "/demo/channels/town-square", {"after": posts[-1].id}, headers=HTMX
    )
    assert browsing.text_of(response).strip() == ""


@pytest.mark.parametrize("name", ["before", "after", "around"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_post_that_never_was_there_is_not_found(
    ann: User, square: Channel, name: str, headers: dict[str, str]
) -> None:
    response = browsing.signed_in(ann).get(
        "/demo/channels/town-square", {name: "x" * 26}, headers=headers
    )
    assert response.status_code == 404


# --- Ways to a post -----------------------------------------------------------------------------------


def test_a_permalink_leads_to_the_post_in_its_channel(ann: User, square: Channel) -> None:
    post = make.post(square, ann)
    response = browsing.signed_in(ann).get(f"/demo/pl/{post.id}")
    place = f"?around={post.id}#post-{post.id}"
    assert response.headers["Location"] == f"/demo/channels/town-square{place}"
    page = square_page(ann, around=post.id)
    assert re.search(rf'class="post marked" id="post-{post.id}"', page)


def test_a_permalink_finds_posts_of_other_teams_and_of_direct_channels(
    ann: User, square: Channel
) -> None:
    other_team = make.team(ann, name="other")
    elsewhere = make.post(Channel.objects.get(team=other_team), ann)
    direct = make.post(channels.direct(ann, make.user("bob")), ann)
    client = browsing.signed_in(ann)
    location = client.get(f"/demo/pl/{elsewhere.id}").headers["Location"]
    assert location.startswith(f"/other/channels/town-square?around={elsewhere.id}")
    location = client.get(f"/demo/pl/{direct.id}").headers["Location"]
    assert location.startswith(f"/demo/messages/@bob?around={direct.id}")


def test_permalinks_tell_nothing_of_what_is_not_for_the_reader(ann: User, square: Channel) -> None:
    cat, dan = make.user("cat"), make.user("dan")
    hidden = [
        make.post(make.channel(square.team, name="secret", type="P"), cat, "hidden words"),
        make.post(channels.direct(cat, dan), cat, "hidden words"),
        make.post(make.channel(None, cat), cat, "hidden words"),
        make.post(square, cat, "hidden words", delete_at=1),
    ]
    client = browsing.signed_in(ann)
    pages = []
    for post_id in (*(post.id for post in hidden), "x" * 26, "x"):
        response = client.get(f"/demo/pl/{post_id}")
        assert response.status_code == 404
        request_id = response.headers["X-Request-Id"]
        pages.append(browsing.text_of(response).replace(request_id, ""))
    pages = [re.sub(r'value="\w{64}"', "", page) for page in pages]
    assert set(pages) == {pages[0]}
    assert "hidden words" not in pages[0]


def test_a_reply_shows_the_first_words_of_what_it_answers(ann: User, square: Channel) -> None:
    root = make.post(square, ann, "**Look** at `this` [here](https://a.example) :tada:")
    posts = fill(square, ann, windows.SIZE)
    Post.objects.filter(id=posts[-1].id).update(root=root)
    page = square_page(ann)
    assert f'href="/demo/pl/{root.id}" data-post="{root.id}">Look at this here 🎉</a>' in page


def test_a_reply_is_written_in_the_box_that_names_its_thread(ann: User, square: Channel) -> None:
    root = make.post(square, ann, "**what?**")
    reply = make.post(square, ann, "that", root=root)
    for answered in (root, reply):
        page = square_page(ann, reply=answered.id)
        assert f'name="root_id" value="{root.id}"' in page
        assert "ann: what?" in page
    say(ann, "and this", fields={"root_id": root.id})
    assert Post.objects.get(message="and this").root == root
    Post.objects.filter(id=root.id).update(delete_at=1)
    response = say(ann, "too late", fields={"root_id": root.id})
    page = browsing.text_of(response)
    assert response.status_code == 400
    assert "too late</textarea>" in page
    assert "replying to is not there" in page


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


def test_lines_are_made_once_for_all_who_heard_of_the_same_post(ann: User, square: Channel) -> None:
    first, second = fill(square, ann, 2)
    bob = make.user("bob")
    make.team_of(square).members.create(user=bob)

    def queries_of(user: User, hint: str) -> tuple[int, str]:
        client = browsing.signed_in(user)
        client.get("/demo/browse")  # who this is and may do is known already
        with CaptureQueriesContext(connection) as queries:
            response = client.get(
                "/demo/channels/town-square/new", {"after": first.id, "hint": hint}, headers=HTMX
            )
        return len(queries), browsing.text_of(response)

    queries_of(ann, second.id)
    few, lines = queries_of(bob, second.id)
    third = make.post(square, ann, "number 2.")
    many, longer = queries_of(bob, third.id)
    assert few < many
    assert re.findall(r"number \d", lines) == ["number 1"]
    assert re.findall(r"number \d", longer) == ["number 1", "number 2"]


def test_lines_are_kept_only_for_a_hint_that_they_answer(ann: User, square: Channel) -> None:
    first, _ = fill(square, ann, 2)
    client = browsing.signed_in(ann)

    def lines(hint: str) -> list[str]:
        query = {"after": first.id, "hint": hint}
        page = browsing.text_of(client.get("/demo/channels/town-square/new", query))
        return re.findall(r"number \d", page)

    for hint in ("x" * 26, first.id, "resume"):
        assert lines(hint)[0] == "number 1"
        make.post(square, ann, "number 7.")
        assert lines(hint)[-1] == "number 7"
        Post.objects.filter(message="number 7.").delete()


# --- The channels of a team ---------------------------------------------------------------------------


def many_channels(team: Team, count: int, *members: User) -> None:
    """So many public channels, "Channel 0000" and on."""
    made = Channel.objects.bulk_create(
        Channel(team=team, name=f"channel-{number:04}", display_name=f"Channel {number:04}")
        for number in range(count)
    )
    for member in members:
        ChannelMember.objects.bulk_create(ChannelMember(channel=one, user=member) for one in made)


def test_a_list_of_5000_channels_is_read_in_pages(ann: User, square: Channel) -> None:
    many_channels(make.team_of(square), 5000, ann)
    client = browsing.signed_in(ann)
    first = browsing.text_of(client.get("/demo/browse"))
    assert len(first) < 100_000
    assert first.count('role="button"') == CHANNELS_ON_A_PAGE
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = browsing.text_of(client.get(f"/demo/browse{following[1]}"))
    assert "~channel-0050" in second
    assert 'rel="prev"' in second
    last = browsing.text_of(client.get("/demo/browse", {"page": 101}))
    assert "~town-square" in last
    assert 'rel="next"' not in last


def test_a_page_beyond_the_last_is_empty_and_no_error(ann: User, square: Channel) -> None:
    for page in ("7", "999999999999999999999", "-1", "x"):
        assert browsing.signed_in(ann).get("/demo/browse", {"page": page}).status_code == 200


def test_a_channel_is_found_by_a_part_of_its_name(ann: User, square: Channel) -> None:
    many_channels(make.team_of(square), 200)
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/browse", {"q": "NEL 0123"}))
    assert "~channel-0123" in page
    assert "~channel-0122" not in page
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/browse", {"q": ALERT}))
    assert "No channel has" in page
    assert ALERT not in page


def test_the_private_channels_one_is_in_are_found_too(ann: User, square: Channel) -> None:
    make.channel(square.team, ann, name="mine", type="P")
    make.channel(square.team, name="theirs", type="P")
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/browse"))
    assert "~mine · private" in page
    assert "~theirs" not in page


def test_the_sidebar_shows_a_part_of_many_channels_and_says_so(ann: User, square: Channel) -> None:
    many_channels(make.team_of(square), page_frame.SIDEBAR_CHANNELS - 1, ann)
    assert "Only the first" not in square_page(ann)
    make.channel(square.team, ann, name="zoo")
    page = square_page(ann)
    assert f"Only the first {page_frame.SIDEBAR_CHANNELS} are shown here." in page
    assert "/channels/zoo" not in page


def test_the_sidebar_shows_a_part_of_many_people_and_says_so(ann: User, square: Channel) -> None:
    for number in range(page_frame.SIDEBAR_PEOPLE + 1):
        channels.direct(ann, make.user(f"friend{number}"))
    page = square_page(ann)
    assert f"Only the latest {page_frame.SIDEBAR_PEOPLE} are shown here." in page
    assert page.count("/demo/messages/@friend") == page_frame.SIDEBAR_PEOPLE


# --- The message box ----------------------------------------------------------------------------------


def test_a_message_is_posted_and_the_page_comes_back(ann: User, square: Channel) -> None:
    response = say(ann, "hello\r\nthere")
    assert response.headers["Location"] == "/demo/channels/town-square"
    assert Post.objects.get().message == "hello\nthere"


def test_a_script_is_told_that_it_was_posted_and_nothing_more(ann: User, square: Channel) -> None:
    response = say(ann, "hello", headers=HTMX)
    assert response.status_code == 204
    assert Post.objects.get().message == "hello"


def test_the_same_sending_twice_is_one_post(ann: User, square: Channel) -> None:
    for _ in range(2):
        say(ann, "hello", fields={"pending_post_id": "abc"})
    assert Post.objects.count() == 1


def test_a_message_in_a_direct_channel_comes_back_to_the_other(ann: User, square: Channel) -> None:
    channels.direct(ann, make.user("bob"))
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
    assert "This was not sent: it has 4001 characters, and a message may have 4000." in page
    assert "Invalid message." not in page
    assert 'role="alert">\n' not in page
    assert not Post.objects.exists()


def test_a_script_gets_only_the_reason(
    ann: User, square: Channel, console: Callable[..., None]
) -> None:
    console(ServiceSettings__MaxPostSize=4000)
    response = say(ann, "x" * 4001, headers=HTMX)
    assert response.status_code == 400
    assert "<form" not in browsing.text_of(response)
    assert browsing.text_of(response).strip()


def test_who_has_not_joined_is_refused_in_words(team: Team, square: Channel) -> None:
    bob = make.user("bob")
    team.members.create(user=bob)
    response = say(bob, "hello", headers=HTMX)
    assert "You do not have the appropriate permissions." in browsing.text_of(response)


def test_a_command_is_refused_and_stays_in_the_box(ann: User, square: Channel) -> None:
    make.user("bob")
    client = browsing.signed_in(ann)
    for path in ("/demo/channels/town-square/say", "/demo/messages/@bob/say"):
        response = client.post(path, {"message": "/deploy now"})
        page = browsing.text_of(response)
        assert response.status_code == 400
        assert "/deploy now</textarea>" in page
        assert "put a blank before the /" in page
        assert client.post(path, {"message": "/deploy"}, headers=HTMX).status_code == 400
    assert not Post.objects.exists()


@pytest.mark.parametrize("place", ["channels/town-square", "messages/@bob"])
def test_the_links_beside_a_refused_message_lead_into_its_channel(
    place: str, ann: User, square: Channel
) -> None:
    channels.direct(ann, make.user("bob"))
    response = browsing.signed_in(ann).get(f"/demo/{place}/say", {"before": "x", "reply": "a b"})
    assert response.status_code == 302
    assert response.headers["Location"] == f"/demo/{place}?before=x&reply=a+b"
    assert browsing.signed_in(ann).get(f"/demo/{place}/say").headers["Location"] == f"/demo/{place}"


def test_over_rest_a_slash_is_a_letter_like_any_other(
    ann: User, square: Channel, api: Callable[..., Any]
) -> None:
    answer = api(ann).post("/posts", {"channel_id": square.id, "message": "/deploy"})
    assert answer.status_code == 201


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
