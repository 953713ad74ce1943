"""Python-Markdown with the steps of a post and no others: blocks, lines, colours, markup.

The grammar of blocks and of lines is our own: integrations are written against what Mattermost shows, which
Python-Markdown reads otherwise, and a text made to hurt keeps its patterns busy for minutes.
"""

from collections.abc import Collection, Iterable
from typing import Self
from xml.etree.ElementTree import Element, ElementTree

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.treeprocessors import Treeprocessor
from markdown.util import Registry

from . import code, emphasis, inline, sanitiser
from .allowance import TEXT
from .blocks import TIGHT, Blocks
from .inline import Reading

# Of one text, which definitions that nothing uses make necessary.
MOST_READINGS = 3

_LEAVES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "th", "td", "label"})


def _plain(line: str) -> str:
    # Copied from a web page or a word processor, where it stands for any blank of the grammar.
    return line.replace("\u00a0", " ")


def _markup(root: Element) -> str:
    # Python-Markdown takes the element around the blocks off again.
    return f"<div>{sanitiser.sanitised(root)}</div>"


class PostMarkdown(Markdown):
    """One engine, to be used by one thread at a time."""

    output_formats = {"xhtml": _markup, "html": _markup}

    def build_parser(self) -> Self:
        """Called once by Python-Markdown: set up the steps of `convert`."""
        self.reading = Reading()
        self.preprocessors = Registry()
        self.parser = self.text_step = _TextStep(self)
        self.inlinePatterns = Registry()
        self.treeprocessors = Registry()
        self.treeprocessors.register(_CodeStep(self), "code", 10)
        self.postprocessors = Registry()
        return self

    def to_html(self, text: str, reading: Reading) -> str:
        """The HTML of a text; what it names is noted in `reading`.

        AllowanceSpentError if it makes more work than is left.
        """
        self.reading = reading
        reading.allowance.spend(TEXT + len(text))
        return self.reset().convert(text)

    def read(self, text: str, reading: Reading) -> None:
        """Go only as far as it takes to note in `reading` what the text names."""
        self.reading = reading
        self.text_step.tree(text.split("\n"))


class _TextStep(BlockParser):
    """The text → blocks → what stands in their lines."""

    md: PostMarkdown

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802 - its name
        return ElementTree(self.tree(lines))

    def tree(self, lines: Iterable[str]) -> Element:
        """The elements of a text.

        Only what is read shows which definitions are used, and those that are not are text: it is read
        again without them, and once more if that takes the use from others.
        """
        split = [_plain(part) for line in lines for part in line.rstrip("\r").split("\r")]
        unused: set[str] = set()
        for _ in range(MOST_READINGS):
            root = self._read(split, unused)
            reading = self.md.reading
            if reading.used.issuperset(reading.definitions):
                break
            unused |= reading.definitions.keys() - reading.used
        return root

    def _read(self, lines: list[str], unused: Collection[str]) -> Element:
        reading = self.md.reading
        blocks = Blocks(reading.allowance, unused=unused)
        root = blocks.read(lines)
        reading.begin(blocks.definitions)
        self._read_lines(root)
        return root

    def _read_lines(self, root: Element) -> None:
        if root.tag in _LEAVES:
            self._read_leaf(root, into=root)
            return
        children = list(root)
        del root[:]
        for child in children:
            if child.tag == TIGHT:
                self._read_leaf(child, into=root)
            else:
                root.append(child)
                self._read_lines(child)

    def _read_leaf(self, leaf: Element, *, into: Element) -> None:
        """The text of a leaf → text and elements; in the item of a task its label has the text."""
        labels = list(leaf)
        text, leaf.text = leaf.text or "", None
        emphasis.append(into, inline.read(text, self.md.reading))
        for label in labels:
            if into is not leaf:
                into.append(label)
            self._read_lines(label)


class _CodeStep(Treeprocessor):
    """Colours for code with a language."""

    md: PostMarkdown

    def run(self, root: Element) -> None:
        code.colour(root, self.md.reading.allowance)
