"""Attachments: what is read, what is stored, what clients see."""

import json
from typing import Any

import pytest

from channels_app.posts import attachments
from channels_app.posts.attachments import Attachment
from mattermost_hooks.json_object import WrongType
from mattermost_hooks.records import is_id

BLANK: dict[str, object] = {
    "id": 0,
    "fallback": "",
    "color": "",
    "pretext": "",
    "author_name": "",
    "author_link": "",
    "author_icon": "",
    "title": "",
    "title_link": "",
    "text": "",
    "fields": None,
    "image_url": "",
    "thumb_url": "",
    "footer": "",
    "footer_icon": "",
    "ts": None,
}


def stored(value: object) -> dict[str, object]:
    return Attachment.parse(value, path="attachments[0]").to_json()


def button(**changes: Any) -> dict[str, Any]:
    return {"name": "Do", "integration": {"url": "http://a", "context": {"k": 1}}, **changes}


def props(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"card": "c", "attachments": [{"text": "x", "actions": list(actions)}]}


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ({}, {}),
        ({"text": "x", "color": "good"}, {"text": "x", "color": "good"}),
        ({"TEXT": "x"}, {"text": "x"}),
        ({"text": None, "fields": None, "actions": None, "id": None}, {}),
        ({"id": 7, "ts": 1500000000}, {"id": 7, "ts": 1500000000}),
        ({"ts": "1500000000.5"}, {"ts": "1500000000.5"}),
        ({"ts": {"a": 1}}, {"ts": {"a": 1}}),
        ({"mrkdwn_in": ["text"], "callback_id": "c", "foo": {"a": 1}}, {}),
        ({"fields": [], "actions": []}, {}),
        (
            {"fields": [None, {"title": "t", "value": "v", "short": True}]},
            {"fields": [{"title": "t", "value": "v", "short": True}]},
        ),
        ({"fields": [{}]}, {"fields": [{"title": "", "value": None, "short": False}]}),
        ({"fields": [{"value": 5}]}, {"fields": [{"title": "", "value": 5, "short": False}]}),
        (
            {"fields": [{"short": "TRUE"}]},
            {"fields": [{"title": "", "value": None, "short": True}]},
        ),
        (
            {"fields": [{"short": "false"}]},
            {"fields": [{"title": "", "value": None, "short": False}]},
        ),
    ],
)
def test_an_attachment_is_stored_with_every_key_in_order(
    given: dict[str, object], changes: dict[str, object]
) -> None:
    assert json.dumps(stored(given)) == json.dumps(BLANK | changes)


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ({}, {}),
        ({"name": "Do", "value": "chess", "text": "Chess"}, {"name": "Do"}),
        (button(), {"name": "Do", "integration": {"url": "http://a", "context": {"k": 1}}}),
        ({"integration": {}}, {"integration": {}}),
        ({"integration": {"url": "http://a"}}, {"integration": {"url": "http://a"}}),
        (
            {"default_option": "d", "style": "danger", "disabled": True, "name": "Do", "id": "one"},
            {"id": "one", "name": "Do", "disabled": True, "style": "danger", "default_option": "d"},
        ),
        (
            {"type": "select", "options": [{"text": "O", "value": "1", "x": 2}, None]},
            {"type": "select", "options": [{"text": "O", "value": "1"}]},
        ),
        ({"type": "select", "data_source": "users"}, {"type": "select", "data_source": "users"}),
        ({"tooltip": "why"}, {"tooltip": "why"}),
    ],
)
def test_an_action_is_stored_without_what_is_blank(
    given: dict[str, object], known: dict[str, object]
) -> None:
    expected = {**BLANK, "actions": [known]}
    assert json.dumps(stored({"actions": [given]})) == json.dumps(expected)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("a", "attachments[0] must be an object"),
        ({"id": "a"}, "attachments[0].id must be a whole number"),
        ({"color": 5}, "attachments[0].color must be a string"),
        ({"fields": {"title": "t"}}, "attachments[0].fields must be a list"),
        ({"fields": ["t"]}, "attachments[0].fields[0] must be an object"),
        ({"fields": [{}, {"title": 1}]}, "attachments[0].fields[1].title must be a string"),
        ({"fields": [{"short": "yes"}]}, "attachments[0].fields[0].short must be true or false"),
        ({"fields": [{"short": 1}]}, "attachments[0].fields[0].short must be true or false"),
        ({"fields": [{"short": None}]}, "attachments[0].fields[0].short must be true or false"),
        ({"actions": "a"}, "attachments[0].actions must be a list"),
        ({"actions": [{"id": 1}]}, "attachments[0].actions[0].id must be a string"),
        (
            {"actions": [{"disabled": 1}]},
            "attachments[0].actions[0].disabled must be true or false",
        ),
        (
            {"actions": [{"options": [{"value": 1}]}]},
            "attachments[0].actions[0].options[0].value must be a string",
        ),
        (
            {"actions": [{"integration": "http://a"}]},
            "attachments[0].actions[0].integration must be an object",
        ),
        (
            {"actions": [{"integration": {"context": []}}]},
            "attachments[0].actions[0].integration.context must be an object",
        ),
    ],
)
def test_a_wrong_type_is_refused_and_named(given: object, complaint: str) -> None:
    with pytest.raises(WrongType) as refusal:
        Attachment.parse(given, path="attachments[0]")
    assert str(refusal.value) == complaint


def test_storing_gives_every_action_an_id_of_its_own() -> None:
    kept = attachments.for_storage(props(button(), button(id="mine"), button(id="mine")))
    ids = [action["id"] for action in kept["attachments"][0]["actions"]]
    assert ids[1] == "mine"
    assert is_id(ids[0])
    assert is_id(ids[2])


def test_storing_replaces_an_id_that_no_url_can_hold() -> None:
    kept = attachments.for_storage(props(button(id="a/b")))
    assert is_id(kept["attachments"][0]["actions"][0]["id"])


def test_storing_twice_changes_nothing() -> None:
    once = attachments.for_storage(props(button()))
    assert attachments.for_storage(once) == once


def test_storing_keeps_whom_an_action_calls() -> None:
    kept = attachments.for_storage(props(button()))
    action = kept["attachments"][0]["actions"][0]
    assert action["integration"] == {"url": "http://a", "context": {"k": 1}}


def test_storing_keeps_numbers_in_fields_of_rest_posts() -> None:
    kept = attachments.for_storage({"attachments": [{"fields": [{"title": "t", "value": 5}]}]})
    assert kept["attachments"][0]["fields"] == [{"title": "t", "value": 5, "short": False}]


@pytest.mark.parametrize(
    ("given", "count"), [("a", 0), ({}, 0), ([None], 0), (["a", {}], 1), ([{"text": 1}, {}, {}], 2)]
)
def test_storing_drops_and_logs_what_is_no_attachment(
    given: object, count: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="channels_app.posts.attachments")
    assert attachments.for_storage({"attachments": given})["attachments"] == [BLANK] * count
    assert bool(caplog.messages) == (given != [None])


@pytest.mark.parametrize("given", [{}, {"card": "c"}, {"attachments": None}])
def test_props_without_attachments_stay_as_they_are(given: dict[str, object]) -> None:
    assert attachments.for_storage(given) == given
    assert attachments.for_clients(given) == given


def test_clients_do_not_see_whom_an_action_calls() -> None:
    kept = attachments.for_storage(props(button(id="one")))
    shown = attachments.for_clients(kept)
    assert shown["attachments"][0]["actions"] == [{"id": "one", "name": "Do"}]
    assert shown["card"] == "c"


def test_showing_a_post_leaves_the_stored_props_alone() -> None:
    kept = attachments.for_storage(props(button()))
    before = json.dumps(kept)
    attachments.for_clients(kept)
    assert json.dumps(kept) == before


@pytest.mark.parametrize(
    "odd", ["a", ["a"], [{"actions": 1}], [{"actions": ["a"]}], [{"text": "x"}]]
)
def test_odd_props_are_shown_as_they_are(odd: object) -> None:
    assert attachments.for_clients({"attachments": odd}) == {"attachments": odd}
