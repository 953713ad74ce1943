"""Titles of attachments as Mattermost shows them: one line in which links and emoji mean something, and
captions of their fields, in which only emoji do.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree.ElementTree import Element

from . import emphasis, inline, links, words
from .allowance import PIECE, TEXT
from .emphasis import type_of_node
from .inline import Reading

NO_EMOJI = words.ADDRESSES | {"email", "mention", "channel", "hashtag"}

_WORD = re.compile(words.PATTERN, re.VERBOSE)


def title(text: str, reading: Reading, *, url: str = "") -> Element:
    """An element that holds the title: its links and emoji, and the words alone of all other markup.

    What is no link itself leads to `url`, if that may be linked.
    """
    reading.allowance.spend(TEXT + len(text))
    nodes = _links_and_emoji(inline.read(text, reading))
    holder = Element("p")
    emphasis.append(holder, _leading_to(url, nodes))
    return holder


def caption(text: str, reading: Reading) -> Element:
    """An element that holds the text with its emoji; everything else stays as it was written."""
    reading.allowance.spend(TEXT + len(text))
    holder = Element("p")
    emphasis.append(holder, _emoji(text, reading))
    return holder


def _links_and_emoji(nodes: Iterable[type_of_node]) -> Iterator[type_of_node]:
    for node in nodes:
        if isinstance(node, str) or "emoji" in node.get("class", "").split():
            yield node
        elif node.tag == "a":
            kept = Element("a", node.attrib)
            emphasis.append(kept, _links_and_emoji(_contents(node)))
            yield kept
        elif node.tag in ("br", "img"):
            yield node.get("alt", " ")
        else:
            yield from _links_and_emoji(_contents(node))


def _contents(element: Element) -> Iterator[type_of_node]:
    yield element.text or ""
    for child in element:
        tail, child.tail = child.tail or "", None
        yield child
        yield tail


def _leading_to(url: str, nodes: Iterable[type_of_node]) -> Iterator[type_of_node]:
    for is_link, some in groupby(nodes, key=lambda node: getattr(node, "tag", "") == "a"):
        target = None if is_link else links.link(url)
        if target is None:
            yield from some
        else:
            emphasis.append(target, some)
            yield target


def _emoji(text: str, reading: Reading) -> Iterator[type_of_node]:
    at = 0
    while match := _WORD.search(text, at):
        reading.allowance.spend(PIECE)
        word = reading.words.read(match) or words.Word(match[0][0])
        yield text[at : match.start()]
        yield word.source if word.element is None else word.element
        at = match.start() + len(word.source)
    yield text[at:]
