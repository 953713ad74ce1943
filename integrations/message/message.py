"""What an integration says: one parser for calls of incoming webhooks and for replies of outgoing ones."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from channels_app.posts.attachments import Attachment
from mattermost_hooks import lenient_json
from mattermost_hooks.errors import AppError, invalid_parameter
from mattermost_hooks.json_object import JsonObject, WrongType

from . import blocks, slack

PRIORITIES = frozenset({"", "important", "urgent"})
# Far beyond what people read. Three bytes of a payload make an attachment, so without a limit one call
# could fill a channel with thousands of posts.
MOST_ATTACHMENTS = 1000
# Characters of an attachment that surely fit into a post.
LONGEST_OF_BLOCKS = 3000


@dataclass(frozen=True)
class Message:
    """A payload whose every field has its type (specification §2.3, §3.4).

    `has_text` tells an empty text from none. Nothing is judged yet: channel, type and root may not exist,
    props may hold reserved keys, and the text still holds Slack's markup.
    """

    text: str = ""
    has_text: bool = False
    channel: str = ""
    username: str = ""
    icon_url: str = ""
    icon_emoji: str = ""
    type: str = ""
    root_id: str = ""
    response_type: str = ""
    priority: str = ""
    props: Mapping[str, object] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()

    @classmethod
    def parse(cls, body: bytes | str) -> "Message":
        """Read JSON that a stranger wrote. 400 naming the field, and no other error, for any input."""
        try:
            value = lenient_json.decode(body)
        except lenient_json.Undecodable as error:
            raise unparsable(str(error)) from error
        return cls.read({} if value is None else value)

    @classmethod
    def read(cls, value: object) -> "Message":
        """Read decoded JSON; 400 naming the field."""
        try:
            given = JsonObject(value)
            return cls(
                text=blocks.added_to(given.text("text"), given),
                has_text=given.value("text") is not None,
                channel=given.text("channel"),
                username=given.text("username"),
                icon_url=given.text("icon_url"),
                icon_emoji=given.text("icon_emoji"),
                type=given.text("type"),
                root_id=given.text("root_id"),
                response_type=given.text("response_type"),
                priority=_priority(given),
                props=given.mapping("props"),
                attachments=_attachments(given),
            )
        except WrongType as error:
            raise unparsable(str(error)) from error

    @property
    def is_empty(self) -> bool:
        """Is there nothing to post?"""
        return not self.text and not self.attachments

    @property
    def may_hold_slack_markup(self) -> bool:
        """False when there is surely nothing to translate."""
        return bool(self.attachments) or "<" in self.text

    def user_ids(self) -> set[str]:
        """The ids in `<@id>` anywhere in it: to look them all up at once before it is translated."""
        return slack.user_ids(self.text).union(
            *(slack.attachment_user_ids(attachment) for attachment in self.attachments)
        )

    def to_markdown(self, *, username_of: slack.UsernameOf) -> "Message":
        """The message with Slack's markup translated (specification §2.7)."""
        return replace(
            self,
            text=slack.to_markdown(self.text, username_of=username_of),
            attachments=tuple(
                slack.attachment_to_markdown(attachment, username_of=username_of)
                for attachment in self.attachments
            ),
        )


def unparsable(detail: str) -> AppError:
    """The refusal of a payload; `detail` names the field or says what is wrong."""
    return AppError(
        "model.incoming_hook.parse_data.app_error", "Unable to parse incoming data.", detail=detail
    )


def _priority(given: JsonObject) -> str:
    if given.value("priority") is None:
        return ""
    wanted = JsonObject(given.value("priority"), path="priority")
    wanted.switch("requested_ack")
    wanted.switch("persistent_notifications")
    level = wanted.text("priority")
    if wanted.value("priority") is None or level not in PRIORITIES:
        raise invalid_parameter(
            "webhook.priority.priority",
            detail="priority.priority must be important, urgent or blank",
        )
    return level


def _attachments(given: JsonObject) -> tuple[Attachment, ...]:
    items = list(given.items("attachments"))
    if len(items) > MOST_ATTACHMENTS:
        raise given.refusal("attachments", f"must have at most {MOST_ATTACHMENTS} entries")
    return tuple(
        part
        for path, item in items
        for part in _with_blocks(_with_text_values(Attachment.parse(item, path=path)), item, path)
    )


def _with_blocks(attachment: Attachment, item: object, path: str) -> list[Attachment]:
    """The attachment with what its blocks say, which may go on in further ones: no end of it is cut."""
    text = blocks.added_to(attachment.text, JsonObject(item, path=path))
    if text == attachment.text or len(text) <= LONGEST_OF_BLOCKS:
        return [replace(attachment, text=text)]
    first, *others = blocks.in_parts(text, LONGEST_OF_BLOCKS)
    further = (Attachment(color=attachment.color, text=part) for part in others)
    return [replace(attachment, text=first), *further]


def _with_text_values(attachment: Attachment) -> Attachment:
    if all(cell.value is None or isinstance(cell.value, str) for cell in attachment.fields):
        return attachment
    fields = (replace(cell, value=_as_text(cell.value)) for cell in attachment.fields)
    return replace(attachment, fields=tuple(fields))


def _as_text(value: object) -> str | None:
    """A field value as people read it: numbers in plain decimals, lists and objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}" if abs(value) < 1e21 else repr(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
