"""Mattermost's own dialect, which is Slack's too: JSON, alone or in a form field (specification §2.2)."""

from urllib.parse import parse_qsl, unquote_plus

from integrations.message.message import Message, unparsable
from mattermost_hooks import lenient_json
from mattermost_hooks.errors import AppError

from . import media_type, multipart
from .call import Call

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FORM_FIELDS = 1000
ENCODED_BRACE = "%7B"

# Mattermost's names of these fields in a multipart body, beside those of the JSON keys.
_OTHER_NAMES = {"channelname": "channel", "iconurl": "icon_url", "iconemoji": "icon_emoji"}
_JSON_FIELDS = frozenset({"attachments", "blocks", "priority", "props"})


def recognises(call: Call) -> bool:
    """Every call: this is the dialect of those that have no other."""
    return True


def read(call: Call) -> Message:
    """What the call says, in any of the ways that Mattermost and its documentation know."""
    if not call.content_type:
        is_form = _text_of(call).startswith("payload=")
        return _read_form(call) if is_form else Message.parse(call.body)
    try:
        kind = media_type.parse(call.content_type)
    except ValueError as error:
        raise _undecodable(f"Content-Type: {error}") from error
    if kind.name == FORM:
        return _read_form(call)
    if kind.name == MULTIPART:
        return _read_multipart(call, kind.parameters.get("boundary", ""))
    return Message.parse(call.body)


def _read_form(call: Call) -> Message:
    text = _text_of(call)
    problem = "the form field payload is missing or blank"
    if _looks_like_json(text):
        try:
            return _read_json(text)
        except lenient_json.Undecodable as error:
            problem = f"{problem}; the body as JSON: {error}"
    try:
        fields = parse_qsl(
            text,
            keep_blank_values=True,
            errors="replace_each_byte",
            max_num_fields=MOST_FORM_FIELDS,
        )
    except ValueError as error:
        raise unparsable(f"the form has more than {MOST_FORM_FIELDS} fields") from error
    given = [value for name, value in fields if name == "payload"]
    payload = given[0] if given else call.query.get("payload", "")
    if not payload:
        raise unparsable(problem)
    return Message.parse(payload)


def _looks_like_json(text: str) -> bool:
    """No form begins like this: it is JSON from those who did not say so, such as `curl -d '{"text": …}'`."""
    return text.startswith(("{", "[")) or text[:3].upper() == ENCODED_BRACE


def _read_json(text: str) -> Message:
    """Read what is JSON from its beginning to its end, percent-encoded or not; Undecodable if it is not."""
    if text[:3].upper() == ENCODED_BRACE:
        text = unquote_plus(text, errors="replace_each_byte")
    return Message.read(lenient_json.decode_whole(text))


def _text_of(call: Call) -> str:
    return lenient_json.text_of(call.body).removeprefix(lenient_json.BOM).lstrip()


def _read_multipart(call: Call, boundary: str) -> Message:
    text = _text_of(call)
    try:
        if _looks_like_json(text):
            return _read_json(text)
        fields = multipart.text_fields(call.body, boundary)
    except lenient_json.Undecodable as error:
        raise unparsable(f"the body as JSON: {error}") from error
    except ValueError as error:
        raise _undecodable(f"multipart body: {error}") from error
    known = {_OTHER_NAMES.get(name.lower(), name.lower()): text for name, text in fields.items()}
    if payload := known.get("payload"):
        return Message.parse(payload)
    return Message.read({name: _field(name, text) for name, text in known.items()})


def _field(name: str, text: str) -> object:
    if name not in _JSON_FIELDS:
        return lenient_json.storable(text)
    if not text:
        return None
    try:
        return lenient_json.decode(text)
    except lenient_json.Undecodable as error:
        raise unparsable(f"{name}: {error}") from error


def _undecodable(detail: str) -> AppError:
    return AppError(
        "api.webhook.incoming.error",
        "Could not decode the multipart payload of incoming webhook.",
        detail=detail,
    )
