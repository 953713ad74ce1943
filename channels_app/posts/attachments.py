"""Message attachments: coloured boxes with fields and buttons under a post (specification §5)."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mattermost_hooks.json_object import JsonObject, WrongType
from mattermost_hooks.records import new_id

# An action is called by its id in a URL path.
_ACTION_ID = re.compile(r"[A-Za-z0-9_-]+")

_TEXTS = (
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Option:
    """One choice of a menu."""

    text: str
    value: str

    @classmethod
    def parse(cls, value: object, *, path: str) -> "Option":
        """Raises WrongType naming the field."""
        given = JsonObject(value, path=path)
        return cls(text=given.text("text"), value=given.text("value"))


@dataclass(frozen=True)
class Integration:
    """Whom an action calls and what it sends along: a secret between the server and the integration."""

    url: str
    context: Mapping[str, object]

    @classmethod
    def parse(cls, value: object, *, path: str) -> "Integration":
        """Raises WrongType naming the field."""
        given = JsonObject(value, path=path)
        return cls(url=given.text("url"), context=given.mapping("context"))

    def to_json(self) -> dict[str, object]:
        """As stored; blank parts are left out."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Action:
    """A button or a menu."""

    id: str
    type: str
    name: str
    tooltip: str
    disabled: bool
    style: str
    data_source: str
    options: tuple[Option, ...]
    default_option: str
    integration: Integration | None

    @classmethod
    def parse(cls, value: object, *, path: str) -> "Action":
        """Raises WrongType naming the field."""
        given = JsonObject(value, path=path)
        integration = given.value("integration")
        return cls(
            id=given.text("id"),
            type=given.text("type"),
            name=given.text("name"),
            tooltip=given.text("tooltip"),
            disabled=given.switch("disabled"),
            style=given.text("style"),
            data_source=given.text("data_source"),
            options=tuple(Option.parse(item, path=at) for at, item in given.items("options")),
            default_option=given.text("default_option"),
            integration=None
            if integration is None
            else Integration.parse(integration, path=given.path_of("integration")),
        )

    def to_json(self) -> dict[str, object]:
        """As stored; what is blank is left out."""
        known: dict[str, object] = {name: value for name, value in vars(self).items() if value}
        if self.options:
            known["options"] = [dict(vars(option)) for option in self.options]
        if self.integration:
            known["integration"] = self.integration.to_json()
        return known


@dataclass(frozen=True)
class Field:
    """A cell of the table in an attachment; two short ones share a row. `value` is any JSON."""

    title: str
    value: object
    short: bool

    @classmethod
    def parse(cls, value: object, *, path: str) -> "Field":
        """Raises WrongType naming the field. `short` may be a word, but not null (specification §2.2)."""
        given = JsonObject(value, path=path)
        short = given.value("short") if given.holds("short") else False
        if isinstance(short, str):
            short = {"true": True, "false": False}.get(short.lower())
        if not isinstance(short, bool):
            raise given.refusal("short", "must be true or false")
        return cls(title=given.text("title"), value=given.value("value"), short=short)

    @property
    def text(self) -> str:
        """The value as people read it."""
        if self.value is None:
            return ""
        return self.value if isinstance(self.value, str) else json.dumps(self.value)


@dataclass(frozen=True)
class Attachment:
    """One attachment, its parts in the order of the stored JSON."""

    id: int = 0
    fallback: str = ""
    color: str = ""
    pretext: str = ""
    author_name: str = ""
    author_link: str = ""
    author_icon: str = ""
    title: str = ""
    title_link: str = ""
    text: str = ""
    fields: tuple[Field, ...] = ()
    image_url: str = ""
    thumb_url: str = ""
    footer: str = ""
    footer_icon: str = ""
    ts: object = None
    actions: tuple[Action, ...] = ()

    @classmethod
    def parse(cls, value: object, *, path: str) -> "Attachment":
        """Read decoded JSON that stood at `path`, such as `attachments[0]`.

        Unknown keys and null entries of lists are dropped. Raises WrongType naming the field.
        """
        given = JsonObject(value, path=path)
        return cls(
            id=given.number("id"),
            fields=tuple(Field.parse(item, path=at) for at, item in given.items("fields")),
            ts=given.value("ts"),
            actions=tuple(Action.parse(item, path=at) for at, item in given.items("actions")),
            **{name: given.text(name) for name in _TEXTS},
        )

    @property
    def mentioning_texts(self) -> list[str]:
        """The Markdown in which mentions count as in the text of a post: not in titles, nor in the footer."""
        return [self.pretext, self.text, *(cell.text for cell in self.fields)]

    def to_json(self) -> dict[str, object]:
        """As stored in a post's props: every key, but `actions` only when there are any."""
        known: dict[str, object] = dict(vars(self))
        known["fields"] = [dict(vars(field)) for field in self.fields] or None
        del known["actions"]
        if self.actions:
            known["actions"] = [action.to_json() for action in self.actions]
        return known


def of(props: Mapping[str, Any]) -> list[Attachment]:
    """What can be read of the attachments of a post; a post of an older client may hold anything."""
    given = props.get("attachments")
    found = []
    for value in given if isinstance(given, list) else ():
        try:
            found.append(Attachment.parse(value, path="attachments"))
        except WrongType:
            continue
    return found


def for_storage(props: Mapping[str, Any]) -> dict[str, Any]:
    """The props of a post as they are saved: attachments in their full form, every action with an id.

    An action whose id is blank, taken within the post or impossible in a URL gets a fresh one.
    Attachments that cannot be read are dropped and logged.
    """
    if props.get("attachments") is None:
        return dict(props)
    kept = with_action_ids(_readable(props))
    return {**props, "attachments": [attachment.to_json() for attachment in kept]}


def with_action_ids(given: Iterable[Attachment]) -> list[Attachment]:
    """The attachments of one post, every action with an id of its own that a URL can hold."""
    taken: set[str] = set()
    return [
        _identified(attachment, taken) if attachment.actions else attachment for attachment in given
    ]


def for_clients(props: Mapping[str, Any]) -> dict[str, Any]:
    """The stored props of a post without what clients may not see: whom its actions call, and with what."""
    attachments = props.get("attachments")
    if not isinstance(attachments, list):
        return dict(props)
    return {
        **props,
        "attachments": [_without_integrations(attachment) for attachment in attachments],
    }


def _readable(props: Mapping[str, Any]) -> Iterator[Attachment]:
    given = props["attachments"]
    if not isinstance(given, list):
        logger.info("Dropped attachments from a post: not a list")
        return
    for position, value in enumerate(given):
        if value is None:
            continue
        try:
            yield Attachment.parse(value, path=f"attachments[{position}]")
        except WrongType as refusal:
            logger.info("Dropped an attachment from a post: %s", refusal)


def _identified(attachment: Attachment, taken: set[str]) -> Attachment:
    actions = []
    for action in attachment.actions:
        usable = action.id not in taken and _ACTION_ID.fullmatch(action.id)
        actions.append(action if usable else replace(action, id=new_id()))
        taken.add(actions[-1].id)
    return replace(attachment, actions=tuple(actions))


def _without_integrations(attachment: Any) -> Any:
    actions = attachment.get("actions") if isinstance(attachment, dict) else None
    if not isinstance(actions, list):
        return attachment
    return {**attachment, "actions": [_without_integration(action) for action in actions]}


def _without_integration(action: Any) -> Any:
    if not isinstance(action, dict):
        return action
    return {name: value for name, value in action.items() if name != "integration"}
