"""Mattermost's dialect: the content types, forms and multipart bodies of calls."""

from collections.abc import Mapping
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels_app.posts.attachments import Attachment
from integrations.incoming import dialects
from integrations.message.message import Message
from mattermost_hooks.errors import AppError

FORM, JSON, MULTIPART = (
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=XBOUNDARYX",
)
UNPARSABLE = "model.incoming_hook.parse_data.app_error"
UNDECODABLE = "api.webhook.incoming.error"
PAYLOAD = b'{"text": "hello"}'


def read(body: bytes, content_type: str | None = JSON, query: Mapping[str, str] = {}) -> Message:
    return dialects.read(content_type=content_type, body=body, query=query)


def refusal(body: bytes, content_type: str | None = JSON) -> AppError:
    with pytest.raises(AppError) as raised:
        read(body, content_type)
    assert raised.value.status == 400
    return raised.value


def multipart(*parts: tuple[str, bytes], newline: bytes = b"\r\n") -> bytes:
    lines: list[bytes] = []
    for disposition, content in parts:
        header = f"Content-Disposition: form-data; {disposition}".encode()
        lines += [b"--XBOUNDARYX", header, b"", content]
    return newline.join([*lines, b"--XBOUNDARYX--", b""])


def fields(**texts: str) -> bytes:
    return multipart(*((f'name="{name}"', text.encode()) for name, text in texts.items()))


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        JSON,
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=iso-8859-1",
        "application/json;",
        'application/json; a="x;y"; a="x;y"',
        "text/plain",
        "json",
        "mimetype/wrong",
        "application/octet-stream; nonsense",
    ],
)
def test_most_content_types_mean_json(content_type: str | None) -> None:
    assert read(PAYLOAD, content_type).text == "hello"


@pytest.mark.parametrize(
    "content_type",
    [" ", "/", "a b c", "application/", f"{FORM} wrongtext", "application/json; a=1; a=2", ";a=1"],
)
def test_a_content_type_that_is_none_is_refused(content_type: str) -> None:
    error = refusal(PAYLOAD, content_type)
    assert error.id == UNDECODABLE
    assert error.message == "Could not decode the multipart payload of incoming webhook."
    assert error.detail.startswith("Content-Type: ")


def test_charset_is_ignored_for_utf_8() -> None:
    body = '{"text": "héllo"}'.encode()
    assert read(body, "application/json; charset=iso-8859-1").text == "héllo"


@pytest.mark.parametrize(
    "content_type", [FORM, FORM.upper(), f"{FORM}; charset=UTF-8", f"{FORM}; charset"]
)
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('payload={"text":"raw"}', "raw"),
        ("payload=" + quote_plus('{"text":"en c&=;%ed"}'), "en c&=;%ed"),
        ('payload={"text":"a=b;c"}', "a=b;c"),
        ('payload={"text":"日本語 😀"}', "日本語 😀"),
        ('payload={"text":"100%"}', "100%"),
        ('x=%zz&payload={"text":"50% off"}', "50% off"),
        ('payload={"text": "\n---\n#### Weather\n"}', "\n---\n#### Weather\n"),
        ('payload={"text":"first"}&payload={"text":"second"}', "first"),
        ("payload=%7B%22text%22%3A%22%ff%22%7D", "\ufffd"),
    ],
)
def test_a_form_holds_json_in_its_payload(content_type: str, body: str, text: str) -> None:
    assert read(body.encode(), content_type).text == text


@pytest.mark.parametrize("body", ["", "foo=bar", "payload=", "text={}", "a{}=b"])
def test_a_form_without_payload_is_refused_by_name(body: str) -> None:
    error = refusal(body.encode(), FORM)
    assert error.id == UNPARSABLE
    assert "payload" in error.detail


@pytest.mark.parametrize("body", ["payload=hello", 'payload={"text":"a&b"}'])
def test_a_payload_that_is_not_json_is_refused(body: str) -> None:
    assert refusal(body.encode(), FORM).id == UNPARSABLE


def test_a_form_with_thousands_of_fields_is_refused() -> None:
    assert refusal(b"a=1&" * 1001 + b"payload=" + PAYLOAD, FORM).id == UNPARSABLE


def test_the_payload_of_the_body_goes_before_that_of_the_query() -> None:
    query = {"payload": '{"text": "query"}'}
    assert read(b"payload=" + PAYLOAD, FORM, query).text == "hello"
    assert read(b"", FORM, query).text == "query"


@pytest.mark.parametrize("content_type", [None, ""])
def test_a_body_without_content_type_may_be_a_form(content_type: str | None) -> None:
    assert read(b" \npayload=" + quote_plus(PAYLOAD).encode(), content_type).text == "hello"


@pytest.mark.parametrize(
    "content_type", [FORM, f"{FORM}; charset=UTF-8", MULTIPART, "multipart/form-data"]
)
@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"text":"hello"}', "hello"),
        (' \r\n\t{"text":"blanks"} \n', "blanks"),
        ('\ufeff{"text":"mark"}', "mark"),
        ('{"text":"a=b&c=d+e%20f;g"}', "a=b&c=d+e%20f;g"),
        ('{"text":"x&payload={}"}', "x&payload={}"),
        ('{"text":"one\ntwo"}', "one\ntwo"),
        ('{"text":"' + "&" * 2000 + '"}', "&" * 2000),
        (quote_plus('{"text":"a=b&c +%"}'), "a=b&c +%"),
        (quote_plus('{"text":"a=b&c +%"}').lower(), "a=b&c +%"),
    ],
)
def test_json_that_is_sent_as_a_form_is_read_as_json(
    content_type: str, body: str, text: str
) -> None:
    assert read(body.encode(), content_type).text == text


@pytest.mark.parametrize("content_type", [None, "text/plain"])
@pytest.mark.parametrize("before", ["", " \n", "\ufeff"])
def test_json_is_read_after_blanks_or_a_mark(content_type: str | None, before: str) -> None:
    assert read(before.encode() + PAYLOAD, content_type).text == "hello"


def test_a_form_after_a_mark_is_read_too() -> None:
    assert read(b"\xef\xbb\xbfpayload=" + PAYLOAD, None).text == "hello"
    assert read(b"\xef\xbb\xbfpayload=" + PAYLOAD, FORM).text == "hello"


@pytest.mark.parametrize("content_type", [FORM, MULTIPART])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"text":"x"', "line 1 column 12"),
        ("{'text':'x'}", "line 1 column 2"),
        ('{"text":"x"} more', "something follows the JSON at character 13"),
        ('[{"text":"x"}]', "the payload must be an object"),
        ('{"text":7}', "text must be a string"),
        ("%7B%22text", "line 1 column 2"),
    ],
)
def test_what_only_looks_like_json_is_refused_with_the_reason(
    content_type: str, body: str, detail: str
) -> None:
    error = refusal(body.encode(), content_type)
    assert error.id == UNPARSABLE
    assert detail in error.detail


def test_a_form_may_begin_like_json_if_it_has_a_payload() -> None:
    assert read(b'{"text":"x"}&payload=' + PAYLOAD, FORM).text == "hello"


def test_a_form_body_called_json_is_refused() -> None:
    assert refusal(b"payload=" + PAYLOAD).id == UNPARSABLE


def test_multipart_fields_have_the_names_of_the_json_keys() -> None:
    body = fields(
        text="t",
        username="u",
        icon_url="i",
        icon_emoji="e",
        channel="c",
        type="custom_x",
        root_id="r",
        props='{"k": 1}',
        attachments='[{"text": "a"}]',
        priority='{"priority": "urgent"}',
        unknown="x",
    )
    assert read(body, MULTIPART) == Message(
        text="t",
        has_text=True,
        username="u",
        icon_url="i",
        icon_emoji="e",
        channel="c",
        type="custom_x",
        root_id="r",
        props={"k": 1},
        attachments=(Attachment(text="a"),),
        priority="urgent",
    )


def test_multipart_fields_may_have_mattermosts_own_names() -> None:
    message = read(fields(Text="t", IconURL="i", IconEmoji="e", ChannelName="c"), MULTIPART)
    assert message == Message(text="t", has_text=True, icon_url="i", icon_emoji="e", channel="c")


def test_a_multipart_payload_goes_before_the_other_fields() -> None:
    assert read(fields(text="x", payload=PAYLOAD.decode()), MULTIPART).text == "hello"


def test_of_two_equal_multipart_fields_the_last_counts() -> None:
    body = multipart(('name="text"', b"first"), ("name=text", b"second"))
    assert read(body, MULTIPART).text == "second"


def test_files_in_a_multipart_body_are_left_out() -> None:
    body = multipart(('name="text"; filename="a.bin"', b"\0\1"), ('name="text"', b"with file"))
    assert read(body, MULTIPART).text == "with file"


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"a\r\n\r\nb", b"--XBOUNDARY", b"--XBOUNDARYXY", b"\xff"]
)
def test_multipart_text_is_kept_to_the_letter(content: bytes) -> None:
    body = multipart(('name="text"', content), ('name="channel"', b"c"))
    assert read(body, MULTIPART).text == content.decode(errors="replace")


def test_multipart_lines_may_end_without_carriage_return() -> None:
    body = multipart(('name="text"', b"t"), ('name="username"', b"u"), newline=b"\n")
    message = read(body, MULTIPART)
    assert (message.text, message.username) == ("t", "u")


def test_blank_json_fields_of_a_multipart_body_count_as_absent() -> None:
    assert read(fields(text="t", props="", attachments=""), MULTIPART).text == "t"


def test_blocks_in_a_multipart_field_are_json() -> None:
    given = '[{"type": "markdown", "text": "block"}]'
    assert read(fields(blocks=given), MULTIPART).text == "block"


def test_a_multipart_body_takes_no_text_from_the_query() -> None:
    assert read(fields(username="u"), MULTIPART, {"text": "query"}).is_empty


def test_a_nul_in_a_multipart_field_is_removed() -> None:
    assert read(fields(text="a\0b"), MULTIPART).text == "ab"


@pytest.mark.parametrize(
    ("body", "content_type", "detail"),
    [
        (fields(text="t"), "multipart/form-data", "no boundary"),
        (fields(text="t"), "multipart/form-data; boundary=OTHER", "the boundary is missing"),
        (b"", MULTIPART, "the boundary is missing"),
        (fields(text="t")[:-10], MULTIPART, "the last boundary is missing"),
        (b"--XBOUNDARYX\r\nx\r\n--XBOUNDARYX--", MULTIPART, "no blank line"),
        (multipart(*[('name="text"', b"t")] * 101), MULTIPART, "more than 100 parts"),
    ],
)
def test_a_broken_multipart_body_is_refused_with_the_reason(
    body: bytes, content_type: str, detail: str
) -> None:
    error = refusal(body, content_type)
    assert error.id == UNDECODABLE
    assert detail in error.detail


def test_wrong_json_in_a_multipart_field_is_refused_by_name() -> None:
    assert refusal(fields(text="t", props="{"), MULTIPART).detail.startswith("props: ")
    assert refusal(fields(props="[]"), MULTIPART).detail == "props must be an object"


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(
    st.none() | st.sampled_from([FORM, JSON, MULTIPART]) | st.text(),
    st.binary()
    | st.builds(lambda text: b"--XBOUNDARYX" + text + b"\r\n--XBOUNDARYX--", st.binary()),
)
def test_any_call_is_read_or_refused(content_type: str | None, body: bytes) -> None:
    refused = None
    try:
        read(body, content_type)
    except AppError as error:
        refused = error
    assert refused is None or (refused.status == 400 and refused.detail)
