"""What a receiver is told, byte for byte."""

import json

import pytest

from accounts.people.models import User
from channels_app.membership.models import Channel, Team
from channels_app.posts.models import Post
from integrations.outgoing import payload
from integrations.outgoing.models import FORM, JSON, OutgoingWebhook

FIELDS = {
    "team_id": "t1",
    "team_domain": "gold",
    "channel_id": "c1",
    "channel_name": "golden",
    "timestamp": 1700000000999,
    "user_id": "u1",
    "user_name": "bob",
    "post_id": "p1",
    "text": "trig hello",
    "trigger_word": "trig",
    "file_ids": "",
}


def test_payload_says_who_wrote_what_where() -> None:
    team = Team(id="t1", name="gold")
    channel = Channel(id="c1", name="golden", team=team)
    author = User(id="u1", username="bob")
    post = Post(
        id="p1", channel=channel, user=author, message="trig hello", create_at=1700000000999
    )

    assert payload.build(post, trigger_word="trig") == FIELDS


def test_payload_joins_file_ids_with_commas() -> None:
    channel = Channel(id="c1", name="golden", team=Team(name="gold"))
    post = Post(channel=channel, user=User(), file_ids=["f1", "f2"])

    assert payload.build(post, trigger_word="")["file_ids"] == "f1,f2"


def test_payload_holds_no_token() -> None:
    channel = Channel(id="c1", name="golden", team=Team(name="gold"))

    assert "token" not in payload.build(Post(channel=channel, user=User()), trigger_word="")


def test_json_has_the_keys_in_order_whatever_order_they_were_stored_in() -> None:
    stored = dict(sorted(FIELDS.items()))

    assert payload.encode(stored, token="s3cret", content_type=JSON) == (
        b'{"token":"s3cret","team_id":"t1","team_domain":"gold","channel_id":"c1",'
        b'"channel_name":"golden","timestamp":1700000000999,"user_id":"u1","user_name":"bob",'
        b'"post_id":"p1","text":"trig hello","trigger_word":"trig","file_ids":""}'
    )


def test_form_has_its_keys_sorted_and_the_time_in_seconds() -> None:
    assert payload.encode(FIELDS, token="s3cret", content_type=FORM) == (
        b"channel_id=c1&channel_name=golden&file_ids=&post_id=p1&team_domain=gold&team_id=t1"
        b"&text=trig+hello&timestamp=1700000000&token=s3cret&trigger_word=trig&user_id=u1"
        b"&user_name=bob"
    )


@pytest.mark.parametrize(
    ("text", "in_form", "in_json"),
    [
        ("a b", b"a+b", b"a b"),
        ("a+b&c=d", b"a%2Bb%26c%3Dd", rb"a+b\u0026c=d"),
        ("-_.~", b"-_.~", b"-_.~"),
        ("!*'()", b"%21%2A%27%28%29", b"!*'()"),
        ("é😀", b"%C3%A9%F0%9F%98%80", "é😀".encode()),
        ("<b>", b"%3Cb%3E", rb"\u003cb\u003e"),
        ("a\nb\t", b"a%0Ab%09", rb"a\nb\t"),
        ('"\\', b"%22%5C", rb"\"\\"),
        ("\u2028\u2029", b"%E2%80%A8%E2%80%A9", rb"\u2028\u2029"),
    ],
)
def test_texts_are_escaped_as_mattermost_does(text: str, in_form: bytes, in_json: bytes) -> None:
    fields = FIELDS | {"text": text}
    form = payload.encode(fields, token="", content_type=FORM)
    body = payload.encode(fields, token="", content_type=JSON)

    assert b"&text=" + in_form + b"&" in form
    assert b'"text":"' + in_json + b'"' in body
    assert json.loads(body)["text"] == text


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ("application/json", JSON),
        ("application/x-www-form-urlencoded", FORM),
        ("", FORM),
        ("application/json; charset=utf-8", FORM),
        ("APPLICATION/JSON", FORM),
        ("foo/bar", FORM),
    ],
)
def test_only_exactly_application_json_sends_json(chosen: str, sent: str) -> None:
    assert payload.content_type_of(OutgoingWebhook(content_type=chosen)) == sent
