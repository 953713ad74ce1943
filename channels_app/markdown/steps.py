"""Python-Markdown with the steps of a post and no others: blocks, lines, colours, markup.

The grammar of blocks and of lines is our own: people in chats write GitHub's Markdown, which
Python-Markdown reads otherwise, and a text made to hurt keeps its patterns busy for minutes.
"""

from collections.abc import Iterable
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

_LEAVES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "th", "td"})


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
        self.parser = self.block_step = _BlockStep(self)
        self.inlinePatterns = Registry()
        self.treeprocessors = Registry()
        self.line_step = _LineStep(self)
        self.treeprocessors.register(self.line_step, "lines", 20)
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
        self.line_step.run(self.block_step.tree(text.split("\n")))


class _BlockStep(BlockParser):
    md: PostMarkdown

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802
        return ElementTree(self.tree(lines))

    def tree(self, lines: Iterable[str]) -> Element:
        """The blocks of a text; their definitions are left with the engine."""
        blocks = Blocks(self.md.reading.allowance)
        root = blocks.read([part for line in lines for part in line.rstrip("\r").split("\r")])
        self.md.reading.definitions = blocks.definitions
        return root


class _LineStep(Treeprocessor):
    """The text of each leaf → text and elements."""

    md: PostMarkdown

    def run(self, root: Element) -> None:
        if root.tag in _LEAVES:
            text, root.text = root.text or "", None
            self._read(text, into=root)
            return
        children = list(root)
        del root[:]
        for child in children:
            if child.tag == TIGHT:
                self._read(child.text or "", into=root)
            else:
                root.append(child)
                self.run(child)

    def _read(self, text: str, *, into: Element) -> None:
        emphasis.append(into, inline.read(text, self.md.reading))


class _CodeStep(Treeprocessor):
    """Colours for code with a language."""

    md: PostMarkdown

    def run(self, root: Element) -> None:
        code.colour(root, self.md.reading.allowance)
