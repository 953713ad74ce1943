"""Python-Markdown with the steps of a post and no others: blocks, lines, colours, markup.

The grammar of blocks and of lines is our own: people in chats write GitHub's Markdown, which
Python-Markdown reads otherwise, and a text made to hurt keeps its patterns busy for minutes.
"""

from collections.abc import Iterable, Mapping
from typing import Self
from xml.etree.ElementTree import Element, ElementTree, tostring

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.treeprocessors import Treeprocessor
from markdown.util import Registry

from . import code, emphasis, inline
from .blocks import TIGHT, Blocks
from .inline import Definition
from .words import Words

_LEAVES = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "th", "td"})


def _markup(root: Element) -> str:
    return tostring(root, encoding="unicode", method="html")


class PostMarkdown(Markdown):
    """One engine, to be used by one thread at a time."""

    output_formats = {"xhtml": _markup, "html": _markup}

    def build_parser(self) -> Self:
        """Called once by Python-Markdown: set up the steps of `convert`."""
        self.words = Words()
        self.definitions: Mapping[str, Definition] = {}
        self.preprocessors = Registry()
        self.parser = self.block_step = _BlockStep(self)
        self.inlinePatterns = Registry()
        self.treeprocessors = Registry()
        self.line_step = _LineStep(self)
        self.treeprocessors.register(self.line_step, "lines", 20)
        self.treeprocessors.register(_CodeStep(self), "code", 10)
        self.postprocessors = Registry()
        return self

    def to_html(self, text: str, words: Words) -> str:
        """The HTML of a text; what its words name is known to `words`, and noted there."""
        self.words = words
        return self.reset().convert(text)

    def read(self, text: str, words: Words) -> None:
        """Go only as far as it takes to note in `words` what the text names."""
        self.words = words
        self.line_step.run(self.block_step.tree(text.split("\n")))


class _BlockStep(BlockParser):
    md: PostMarkdown

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802
        return ElementTree(self.tree(lines))

    def tree(self, lines: Iterable[str]) -> Element:
        """The blocks of a text; their definitions are left with the engine."""
        blocks = Blocks()
        root = blocks.read([part for line in lines for part in line.rstrip("\r").split("\r")])
        self.md.definitions = blocks.definitions
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
        nodes = inline.read(text, words=self.md.words, definitions=self.md.definitions)
        emphasis.append(into, nodes)


class _CodeStep(Treeprocessor):
    """Colours for code with a language."""

    def run(self, root: Element) -> None:
        code.colour(root)
