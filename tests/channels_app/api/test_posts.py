"""REST v4 of posts."""

from typing import Any

import pytest

from tests import make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def test_a_post_is_made_read_listed_and_deleted(api: Any) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    as_ann = api(ann)
    made = as_ann.post("/posts", {"channel_id": channel.id, "message": "hello", "props": {"k": 1}})
    assert made.status_code == 201
    post = made.json()
    assert (post["message"], post["props"], post["root_id"]) == ("hello", {"k": 1}, "")
    assert as_ann.get(f"/posts/{post['id']}").json() == post
    listed = as_ann.get(f"/channels/{channel.id}/posts").json()
    assert (listed["order"], list(listed["posts"])) == ([post["id"]], [post["id"]])
    assert as_ann.delete(f"/posts/{post['id']}").json() == {"status": "OK"}
    assert as_ann.get(f"/posts/{post['id']}").status_code == 404
    since = as_ann.get(f"/channels/{channel.id}/posts", since=str(post["create_at"] - 1)).json()
    gone = since["posts"][post["id"]]
    assert gone["delete_at"] > 0
    assert (gone["message"], gone["props"], gone["hashtags"]) == ("", {}, "")


def test_replies_bring_their_root_along_and_count(api: Any) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    as_ann = api(ann)
    root = as_ann.post("/posts", {"channel_id": channel.id, "message": "root"}).json()
    body = {"channel_id": channel.id, "message": "reply", "root_id": root["id"]}
    reply = as_ann.post("/posts", body).json()
    listed = as_ann.get(f"/channels/{channel.id}/posts", per_page="1").json()
    assert listed["order"] == [reply["id"]]
    assert listed["posts"][root["id"]]["reply_count"] == 1
    for post in (root, reply):
        assert as_ann.get(f"/posts/{post['id']}").json()["reply_count"] == 1


@pytest.mark.parametrize("name", ["before", "after"])
def test_a_cursor_that_cannot_be_an_id_is_a_400(api: Any, name: str) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    answer = api(ann).get(f"/channels/{channel.id}/posts", **{name: "abc"})
    assert answer.json()["message"] == f"Invalid or missing {name} in request body."


def test_strangers_get_403_for_posts_and_for_channels_that_do_not_exist(api: Any) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    post = make.post(channel, ann)
    stranger = api(make.user())
    assert stranger.get(f"/posts/{post.id}").status_code == 403
    assert stranger.get(f"/channels/{channel.id}/posts").status_code == 403
    assert stranger.get(f"/channels/{'v' * 26}/posts").status_code == 403
    body = {"channel_id": channel.id, "message": "hi"}
    assert stranger.post("/posts", body).status_code == 403
    assert stranger.post("/posts", {"message": "hi"}).status_code == 403
    assert stranger.delete(f"/posts/{post.id}").status_code == 403
    assert stranger.delete(f"/posts/{'v' * 26}").status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "a\\u0000b", "channel_id": "%s"}',
        b'{"message": "\\ud800", "channel_id": "%s"}',
        b'{"message": "x", "props": {"a": "\\u0000"}, "channel_id": "%s"}',
        b'{"message": "x", "file_ids": [7, null], "channel_id": "%s"}',
        b'{"message": "x", "root_id": "\\u0000", "channel_id": "%s"}',
        b'{"message": "x", "pending_post_id": "' + b"p" * 300 + b'", "channel_id": "%s"}',
        b'{"message": 1e999, "channel_id": "%s"}',
        b"[" * 5000,
        b'{"channel_id": ' + b"9" * 5000 + b"}",
    ],
)
def test_odd_input_is_put_right_or_refused_but_never_a_500(api: Any, body: bytes) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    text = body.replace(b"%s", channel.id.encode())
    answer = api(ann).client.post("/api/v4/posts", text, content_type="application/json")
    assert answer.status_code in (201, 400)


@pytest.mark.parametrize("since", ["9" * 20, "9" * 5000, "-1", "1.5", "\u0661"])
def test_a_time_that_can_be_none_counts_as_not_given(api: Any, since: str) -> None:
    ann = make.user()
    channel = make.channel(make.team(ann), ann)
    post = make.post(channel, ann)
    answer = api(ann).get(f"/channels/{channel.id}/posts", since=since)
    assert answer.json()["order"] == [post.id]
