"""Words of a post that mean more than they say: bare addresses, mentions, channels, hashtags, emoji
(specification §9).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from channels_app.text import emoji

from . import links

EVERYBODY = frozenset({"all", "channel", "here"})

# Each alternative is tried where a word may begin and has a fixed limit or ends at the first character
# that does not belong, so that a scan costs the same for every character.
_MENTION = r"(?<![^\W_])@[A-Za-z0-9][A-Za-z0-9_.-]{0,63}+"
_CHANNEL = r"(?<![^\W_])~[a-z0-9][a-z0-9_-]{0,63}+"
# What goes on with an address. The signs of a sentence do so only before something else; brackets in pairs.
_SIGNS = "`!{;:'\",?«»“”‘’"
_WIDE_SIGNS = "\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff5e\u3001\u3002\u300c-\u3011"
_REST = rf"""(?:[^\s()\[\]<>{_SIGNS}{_WIDE_SIGNS}]|[{_SIGNS}>](?=[^\s()<>])|\[[^\s()\[\]<>]*+\]
|\((?:[^\s()<>]|\([^\s()<>]++\))*+\))"""
# A part of the name of a host.
_LABEL = r"(?:[^\W_]|-){1,63}+"
PATTERN = rf"""(?P<emoticon>(?<!\S)(?:[:;]-?[)(DPpOo|*]|:'\(|:-?/|8-\)|<3|</3)(?![^\s.,!?]))
|(?P<url>(?<![A-Za-z0-9])(?:(?:https?|ftp|mattermost)://|www\d{{0,3}}\.)(?:\w|\[[\da-fA-F:.]{{2,45}}\]){_REST}*+)
|(?P<host>(?<![^\n*~_\[])(?<![^\W_]_)(?:[^\W_]|[.-]){{1,253}}?\.[^\W\d_]{{2,4}}/{_REST}++)
|(?P<address>(?<![A-Za-z0-9])(?:mailto|tel):[\w+]{_REST}*+)
|(?P<email>(?<![^\W_])(?<![.+-])[^\W_][\w.+-]{{0,63}}+@{_LABEL}(?:\.{_LABEL}){{1,8}}+)
|(?P<emoji>{emoji.PATTERN})
|(?P<mention>{_MENTION})
|(?P<channel>{_CHANNEL})
|(?P<hashtag>(?<![^\W_])\#[^\W\d_][\w.-]*+)"""
# The groups of it that are addresses.
ADDRESSES = frozenset({"url", "host", "address"})
# As long as the console says nothing else.
SHORTEST_HASHTAG = 3
# Forms of a mention that are tried beside the one without any punctuation behind it.
MOST_FORMS = 3

_EMOTICONS = {
    ":)": "slightly_smiling_face", ":-)": "slightly_smiling_face",
    ":(": "slightly_frowning_face", ":-(": "slightly_frowning_face",
    ":D": "smile", ":-D": "smile", ";)": "wink", ";-)": "wink", ":'(": "cry",
    ":p": "stuck_out_tongue", ":P": "stuck_out_tongue", ":-p": "stuck_out_tongue",
    ":-P": "stuck_out_tongue", ":o": "open_mouth", ":O": "open_mouth", ":-o": "open_mouth",
    ":-O": "open_mouth", ":|": "neutral_face", ":-|": "neutral_face", ":/": "confused",
    ":-/": "confused", ":*": "kissing_heart", ":-*": "kissing_heart", "8-)": "sunglasses",
    "<3": "heart", "</3": "broken_heart",
}  # fmt: skip


@dataclass(frozen=True)
class Word:
    """A word as it was written and what it becomes.

    Inside a link only what was written counts, but for emoji, which lead nowhere else.
    """

    source: str
    element: Element | None = None
    is_emoji: bool = False
    name: str = ""
    handle: str = ""


@dataclass
class Words:
    """What the words of one post may name, and what they do name.

    `people` are lower-case usernames, `channels` maps handles to addresses, `shortest_hashtag` counts the
    #, `ignored` are kinds of words (groups of PATTERN) that mean nothing here; `names` and `handles`
    collect every mention of a person or a channel, known or not.
    """

    people: Collection[str] = ()
    channels: Mapping[str, str] = field(default_factory=dict)
    shortest_hashtag: int = SHORTEST_HASHTAG
    ignored: Collection[str] = ()
    names: set[str] = field(default_factory=set)
    handles: set[str] = field(default_factory=set)

    def read(self, match: re.Match[str]) -> Word | None:
        """The word that a match of PATTERN found; None if it means nothing."""
        kind, text = match.lastgroup, match[0]
        if kind in self.ignored:
            return Word(text)
        match kind:
            case _ if kind in ADDRESSES:
                return _url(text)
            case "email":
                return _email(text)
            case "emoji":
                return _emoji(text, text[1:-1])
            case "emoticon":
                return _emoji(text, _EMOTICONS.get(text, ""))
            case "mention":
                return self._mention(match)
            case "channel":
                return self._channel(text)
        return self._hashtag(text)

    def forget(self) -> None:
        """What was noted so far comes from a reading that does not count."""
        self.names.clear()
        self.handles.clear()

    def note(self, word: Word) -> None:
        """Remember whom and what a word of the finished text names."""
        if word.name:
            self.names.update(names_of(word.name))
        if word.handle:
            self.handles.update(handles_of(word.handle))

    def _mention(self, match: re.Match[str]) -> Word | None:
        start, end = match.span()
        if match.string[start - 1 : start] == ":" == match.string[end : end + 1]:
            return None
        source = match[0]
        for name in names_of(match[0]):
            source = match[0][: len(name) + 1]
            if name in EVERYBODY or name in self.people:
                attributes = {"class": "mention", "data-mention": name}
                if name in EVERYBODY:
                    attributes["class"] += " mention-everybody"
                return Word(source, _element("span", source, attributes), name=match[0])
        return Word(source, name=match[0])

    def _channel(self, text: str) -> Word:
        source = text
        for handle in handles_of(text):
            source = text[: len(handle) + 1]
            if handle in self.channels:
                attributes = {"class": "channel", "href": self.channels[handle]}
                return Word(source, _element("a", source, attributes), handle=text)
        return Word(source, handle=text)

    def _hashtag(self, text: str) -> Word | None:
        source = text.rstrip(".-_")
        if len(source) < self.shortest_hashtag:
            return None
        return Word(source, _element("span", source, {"class": "hashtag"}))


def possible_names(text: str) -> set[str]:
    """More than the names that the text mentions, those in code among them: enough to look up who exists."""
    return {name for found in re.findall(_MENTION, text) for name in names_of(found)}


def possible_handles(text: str) -> set[str]:
    """More than the channels that the text mentions, those in code among them."""
    return {handle for found in re.findall(_CHANNEL, text) for handle in handles_of(found)}


def names_of(mention: str) -> Iterator[str]:
    """The usernames that "@name" may mean, longest first: a sentence may end behind a name."""
    return _shorter(mention[1:].lower(), ".-_")


def handles_of(text: str) -> Iterator[str]:
    """The channels that "~handle" may mean, longest first."""
    return _shorter(text[1:], "-_")


def _shorter(name: str, trailing: str) -> Iterator[str]:
    bare = name.rstrip(trailing)
    # Nobody's name ends in a row of dashes, and each form is one more to look up.
    yield from (name[:end] for end in range(len(name), max(len(name) - MOST_FORMS, len(bare)), -1))
    yield bare


def linked(source: str, *, url: str, shown: str) -> Word | None:
    """A word that leads somewhere; None for an address that must not be linked."""
    element = links.link(url)
    if element is None:
        return None
    element.text = shown
    return Word(source, element)


def _url(text: str) -> Word:
    """What must not be linked is text to its end: looked for in it again and again, it would take the
    square of its length.
    """
    source = links.without_trailing(text)
    url = links.resolved(source)
    return linked(source, url=url, shown=url) or Word(source)


def _email(text: str) -> Word | None:
    """Numbers end no host: "react@18.2.0" is a version."""
    name, _, host = text.partition("@")
    labels = host.split(".")
    while labels and not (labels[-1].isalpha() and len(labels[-1]) > 1):
        labels.pop()
    address = f"{name}@{'.'.join(labels)}"
    return linked(address, url=f"mailto:{address}", shown=address) if len(labels) > 1 else None


def _emoji(source: str, name: str) -> Word | None:
    character = emoji.character(name)
    if character is None:
        return None
    attributes = {"class": "emoji", "title": f":{name}:"}
    return Word(source, _element("span", character, attributes), is_emoji=True)


def _element(tag: str, text: str, attributes: dict[str, str]) -> Element:
    element = Element(tag, attributes)
    element.text = text
    return element
