"""What is put right in the JSON of strangers, and what is refused."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mattermost_hooks import lenient_json
from mattermost_hooks.lenient_json import Undecodable
from tests import growth


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": [1, 2.5, true, null, "x"]}', {"a": [1, 2.5, True, None, "x"]}),
        (b' \r\n\t{"a": 1}\n', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("\ufeff" + '{"a": 1}', {"a": 1}),
        (b'{"a": 1} and more', {"a": 1}),
        (b'{"a": 1}' + b"[" * 100, {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'{"a": "one\ntwo\tthree\r\nfour"}', {"a": "one\ntwo\tthree\r\nfour"}),
        (b'{"a": "\xff\xfe"}', {"a": "\ufffd\ufffd"}),
        (b'{"a": "\xe2\x82 "}', {"a": "\ufffd\ufffd "}),
        (rb'{"a": "x\ud800y"}', {"a": "x\ufffdy"}),
        (rb'{"a": "\udc00\ud83d\ude00"}', {"a": "\ufffd\U0001f600"}),
        (rb'{"a\u0000": ["b\u0000c"]}', {"a": ["bc"]}),
        (rb'{"a": "\\u0000"}', {"a": "\\u0000"}),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"1e308", 1e308),
        (b"1e-999", 0.0),
        (b"null", None),
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b'{"a": "' + b"[" * 100 + b'"}', {"a": "[" * 100}),
        (rb'{"a": "\"[[[' + b"[" * 100 + b'"}', {"a": '"[[[' + "[" * 100}),
    ],
)
def test_it_reads(body: bytes | str, expected: object) -> None:
    assert lenient_json.decode(body) == expected


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "Expecting value in line 1 column 1"),
        (b"{text: 1}", "not JSON"),
        (b"{'text': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": "x', "not JSON"),
        (b'\xff\xfe{\x00"\x00', "not JSON"),
        (b'{"a": "x\x00y"}', "not JSON"),
        (b'{"a": "x\x01\ny"}', "not JSON"),
        (b"[" * 33 + b"]" * 33, "nested deeper than 32 levels"),
        (b'{"a":' * 11_000, "nested deeper than 32 levels"),
        (b"[" * 1_000_000, "nested deeper than 32 levels"),
        (b"18446744073709551616", "the number 18446744073709551616 does not fit into 64 bits"),
        (b"-9223372036854775809", "does not fit into 64 bits"),
        (b"9" * 1_000_000, "9… does not fit into 64 bits"),
        (b"NaN", "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b"1e999", "the number 1e999 is too large"),
        (b"[-1e999]", "the number -1e999 is too large"),
    ],
)
def test_it_refuses(body: bytes, complaint: str) -> None:
    with pytest.raises(Undecodable) as refusal:
        lenient_json.decode(body)
    assert complaint in str(refusal.value)
    assert len(str(refusal.value)) < 200


def test_removed_nuls_leave_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="mattermost_hooks.lenient_json")
    assert lenient_json.decode(rb'{"a": "b\u0000"}') == {"a": "b"}
    assert caplog.messages == ["Removed NUL characters from a payload"]


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(st.binary() | st.text(alphabet=st.characters(categories=["Cs", "Cc", "L", "P"])))
def test_any_input_is_read_or_refused(body: bytes | str) -> None:
    with suppress(Undecodable):
        lenient_json.decode(body)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)  # one slow moment of the machine is no failure
@given(json_values, st.booleans())
def test_it_agrees_with_the_standard_decoder_on_proper_json(
    value: object, ascii_only: bool
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    if "\\u0000" not in text:
        assert lenient_json.decode(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("before", "unit"),
    [
        ('{"a": [', "[],"),
        ("[" * 40 + '"', '\\"'),
        ('{"a": "', "\n"),
        ('{"a": "', "\\ud800"),
        ("", "\x80"),
        ("", "1"),
        ("", " "),
    ],
)
def test_time_grows_no_faster_than_the_body(before: str, unit: str) -> None:
    def decode(text: str) -> None:
        with suppress(Undecodable):
            lenient_json.decode((before + text).encode("latin-1"))

    assert growth.is_linear(decode, unit, length=400_000)


@pytest.mark.parametrize("body", ['{"a": 1}', " [1]\n", '\ufeff"x" \t'])
def test_a_whole_body_is_one_value_between_blanks(body: str) -> None:
    assert lenient_json.decode_whole(body) == lenient_json.decode(body)


@pytest.mark.parametrize("body", ['{"a": 1}x', "1 2", '{"a": "\n"}{}'])
def test_what_follows_the_value_is_refused_in_a_whole_body(body: str) -> None:
    with pytest.raises(lenient_json.Undecodable, match="something follows the JSON at character"):
        lenient_json.decode_whole(body)
