"""One parser for everything that integrations say."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.posts.attachments import Attachment, Field
from integrations.message.message import MOST_ATTACHMENTS, Message
from mattermost_hooks.errors import AppError

BOB = "b" * 26
UNPARSABLE = "model.incoming_hook.parse_data.app_error"
INVALID = "api.context.invalid_param.app_error"


def parse(**payload: Any) -> Message:
    return Message.parse(json.dumps(payload))


def refusal(**payload: Any) -> AppError:
    with pytest.raises(AppError) as raised:
        parse(**payload)
    return raised.value


def test_every_field_is_read() -> None:
    assert parse(
        text="t",
        channel="#c",
        username="u",
        icon_url="i",
        icon_emoji="e",
        type="custom_x",
        root_id="r",
        response_type="comment",
        priority={"priority": "urgent", "requested_ack": True},
        props={"card": "c", "Nested": {"a": [1]}},
        attachments=[{"text": "a"}],
        unknown=1,
    ) == Message(
        text="t",
        has_text=True,
        channel="#c",
        username="u",
        icon_url="i",
        icon_emoji="e",
        type="custom_x",
        root_id="r",
        response_type="comment",
        priority="urgent",
        props={"card": "c", "Nested": {"a": [1]}},
        attachments=(Attachment(text="a"),),
    )


@pytest.mark.parametrize(
    "body", ["null", "{}", '{"text": null, "props": null, "attachments": null}']
)
def test_null_is_the_same_as_nothing(body: str) -> None:
    assert Message.parse(body) == Message()


@pytest.mark.parametrize(
    ("body", "text", "has_text"),
    [
        ('{"text": ""}', "", True),
        ('{"text": null}', "", False),
        ("{}", "", False),
        ('{"TEXT": "a"}', "a", True),
        ('{"text": "lower", "Text": "title"}', "title", True),
        ('{"text": "a\nb"}', "a\nb", True),
        ('{"text": "a"} rest', "a", True),
    ],
)
def test_an_empty_text_differs_from_none(body: str, text: str, has_text: bool) -> None:
    message = Message.parse(body)
    assert (message.text, message.has_text) == (text, has_text)


@pytest.mark.parametrize(
    ("payload", "empty"),
    [
        ({}, True),
        ({"text": ""}, True),
        ({"text": "", "attachments": []}, True),
        ({"attachments": [None]}, True),
        ({"text": " "}, False),
        ({"attachments": [{}]}, False),
    ],
)
def test_a_message_is_empty_without_text_and_attachments(
    payload: dict[str, Any], empty: bool
) -> None:
    assert parse(**payload).is_empty is empty


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ({"text": 1}, "text must be a string"),
        ({"text": ["a"]}, "text must be a string"),
        ({"channel": 5}, "channel must be a string"),
        ({"username": {}}, "username must be a string"),
        ({"icon_url": []}, "icon_url must be a string"),
        ({"icon_emoji": 1}, "icon_emoji must be a string"),
        ({"type": 1}, "type must be a string"),
        ({"root_id": 1}, "root_id must be a string"),
        ({"response_type": 1}, "response_type must be a string"),
        ({"priority": "urgent"}, "priority must be an object"),
        ({"priority": {"priority": 1}}, "priority.priority must be a string"),
        (
            {"priority": {"priority": "", "requested_ack": 1}},
            "priority.requested_ack must be true or false",
        ),
        ({"props": []}, "props must be an object"),
        ({"attachments": "a"}, "attachments must be a list"),
        ({"attachments": ["a"]}, "attachments[0] must be an object"),
        ({"text": "a", "blocks": "a"}, "blocks must be a list"),
        ({"attachments": [{"blocks": [5]}]}, "attachments[0].blocks[0] must be an object"),
        ({"attachments": [None, {"fields": "x"}]}, "attachments[1].fields must be a list"),
        (
            {"attachments": [{}] * (MOST_ATTACHMENTS + 1)},
            f"attachments must have at most {MOST_ATTACHMENTS} entries",
        ),
    ],
)
def test_a_wrong_type_is_refused_and_named(payload: dict[str, Any], detail: str) -> None:
    error = refusal(**payload)
    assert (error.id, error.status, error.detail) == (UNPARSABLE, 400, detail)
    assert error.message == "Unable to parse incoming data."


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("", "not JSON: Expecting value in line 1 column 1"),
        ("[]", "the payload must be an object"),
        ('"text"', "the payload must be an object"),
        ('{"text": "x", "n": 1e999}', "the number 1e999 is too large"),
        ('{"x":' * 40, "nested deeper than 32 levels"),
    ],
)
def test_a_body_that_is_no_object_is_refused_with_the_reason(body: str, detail: str) -> None:
    with pytest.raises(AppError) as raised:
        Message.parse(body)
    assert (raised.value.id, raised.value.detail) == (UNPARSABLE, detail)


SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*from* a block"}}


def test_blocks_become_the_text_and_follow_a_text_that_is_there() -> None:
    alone, beside = parse(blocks=[SECTION]), parse(text="text", blocks=[SECTION])
    assert (alone.text, alone.has_text, alone.is_empty) == ("**from** a block", False, False)
    assert beside.text == "text\n\n**from** a block"


def test_blocks_of_an_attachment_become_its_text() -> None:
    [attachment] = parse(attachments=[{"color": "good", "blocks": [SECTION]}]).attachments
    assert attachment == Attachment(color="good", text="**from** a block")


def test_long_blocks_of_an_attachment_go_on_in_further_ones() -> None:
    long = {"type": "markdown", "text": "x" * 2000}
    given = {"color": "good", "title": "t", "text": "first", "blocks": [long] * 4}
    attachments = parse(attachments=[given, {"text": "y" * 9000}]).attachments
    assert [one.color for one in attachments] == ["good"] * 4 + [""]
    assert [one.title for one in attachments] == ["t", "", "", "", ""]
    assert [len(one.text) for one in attachments] == [2007, 2000, 2000, 2000, 9000]


@pytest.mark.parametrize("given_blocks", [[], [{"type": "divider"}], [{"type": "section"}]])
def test_a_message_of_blocks_without_words_is_empty(given_blocks: list[object]) -> None:
    assert parse(blocks=given_blocks).is_empty


def test_ids_in_blocks_are_translated() -> None:
    user = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": BOB}]}
    message = parse(blocks=[{"type": "rich_text", "elements": [user]}])
    assert message.user_ids() == {BOB}
    assert message.to_markdown(username_of={BOB: "bob"}.get).text == "@bob"


@pytest.mark.parametrize("level", ["", "important", "urgent"])
def test_a_known_priority_is_taken(level: str) -> None:
    assert parse(priority={"priority": level}).priority == level


@pytest.mark.parametrize(
    "priority",
    [{}, {"priority": None}, {"priority": "high"}, {"priority": "URGENT"}, {"requested_ack": True}],
)
def test_an_unknown_priority_is_refused(priority: dict[str, object]) -> None:
    error = refusal(priority=priority)
    assert (error.id, error.status) == (INVALID, 400)
    assert error.message == "Invalid webhook.priority.priority parameter."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("v", "v"),
        (None, None),
        (5, "5"),
        (1_000_000, "1000000"),
        (2.0, "2"),
        (2.5, "2.5"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (True, "true"),
        (False, "false"),
        ([], "[]"),
        (["ä", 1, None], '["ä",1,null]'),
        ({"k": "v"}, '{"k":"v"}'),
    ],
)
def test_a_field_value_becomes_text(value: object, expected: str | None) -> None:
    message = parse(attachments=[{"fields": [{"value": "first"}, {"value": value}]}])
    assert [cell.value for cell in message.attachments[0].fields] == ["first", expected]


def test_text_and_attachments_are_translated_together() -> None:
    text = f"<http://a|b> <@{BOB}>"
    message = parse(text=text, username="u", attachments=[{"text": text, "title": text}])
    translated = message.to_markdown(username_of={BOB: "bob"}.get)
    assert translated.text == "[b](http://a) @bob"
    assert translated.attachments == (
        Attachment(text="[b](http://a) @bob", title="<http://a|b> @bob"),
    )
    assert translated.username == "u"


def test_user_ids_are_collected_from_text_and_attachments() -> None:
    other = "o" * 26
    message = parse(text=f"<@{BOB}>", attachments=[{"fields": [{"value": f"<@{other}>"}]}])
    assert message.user_ids() == {BOB, other}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [({"text": "plain"}, False), ({"text": "<!here>"}, True), ({"attachments": [{}]}, True)],
)
def test_only_plain_text_surely_holds_no_markup(payload: dict[str, Any], expected: bool) -> None:
    assert parse(**payload).may_hold_slack_markup is expected


FULL = json.dumps(
    {
        "text": "<http://a|b> \u00e4 \U0001f600",
        "props": {"k": [1, {"a": None}]},
        "priority": {"priority": "urgent"},
        "attachments": [
            {
                "id": 1,
                "fields": [None, {"title": "t", "value": 1.5, "short": "true"}],
                "actions": [{"options": [{"text": "o"}], "integration": {"context": {"k": 1}}}],
            }
        ],
    }
).encode()

FRAGMENTS = [
    b"null",
    b"1e999",
    b"NaN",
    b"[",
    b"]",
    b"{",
    b"}",
    b'"',
    b"\\",
    b"\xff",
    b"\0",
    b"\n",
    b"-1",
]


def read_or_refuse(body: bytes) -> None:
    """Any exception but AppError fails the test; what is read can be stored and translated."""
    try:
        message = Message.parse(body)
    except AppError as error:
        refused = error
    else:
        store(message)
        return
    assert refused.status == 400
    assert refused.detail


def store(message: Message) -> None:
    translated = message.to_markdown(username_of=lambda _: None)
    json.dumps([attachment.to_json() for attachment in translated.attachments]).encode()
    json.dumps(message.props, ensure_ascii=False).encode()
    message.text.encode()


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refuse(body)


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(FULL)),
            st.integers(0, 6),
            st.sampled_from(FRAGMENTS) | st.binary(max_size=4),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_payloads_are_read_or_refused(changes: list[tuple[int, int, bytes]]) -> None:
    body = FULL
    for start, length, replacement in changes:
        body = body[:start] + replacement + body[start + length :]
    read_or_refuse(body)


def swapped(value: object, path: list[int], replacement: object) -> object:
    """`value` with one of its inner values replaced, the one that `path` leads to."""
    if not path or not isinstance(value, dict | list) or not value:
        return replacement
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy: Any = value.copy()
    copy[key] = swapped(copy[key], path[1:], replacement)
    return copy


json_values: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([]) | st.just({})
)


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(st.lists(st.integers(0, 9), max_size=6), json_values)
def test_payloads_with_a_wrong_value_somewhere_are_read_or_refused(
    path: list[int], replacement: object
) -> None:
    read_or_refuse(json.dumps(swapped(json.loads(FULL), path, replacement)).encode())


def test_fields_of_a_parsed_attachment_keep_null() -> None:
    message = parse(attachments=[{"fields": [None, {"title": "t", "value": None}]}])
    assert message.attachments[0].fields == (Field(title="t", value=None, short=False),)
