"""Colours for the code of a post: Pygments' classes on the words of a known language.

The colours themselves stand in static/css/code.css.
"""

import functools
import xml.etree.ElementTree as etree
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

# Loading a language takes longer than using it, and a post can name hundreds: these are enough.
LANGUAGES = frozenset(
    "apache awk bash batch bat c c# c++ clojure cmake coffeescript console cpp csharp css csv dart diff "
    "docker dockerfile elixir elm erlang fish fortran go golang graphql groovy haskell hcl html http ini "
    "java javascript jinja js json jsx julia kotlin kt latex less lua make makefile markdown md matlab "
    "nginx nix objective-c ocaml pascal perl php pl postgresql powershell properties protobuf ps1 puppet "
    "py python r rb rs ruby rust sass scala scheme scss sh shell sql swift systemd terraform tex text tf "
    "toml ts tsx typescript vb.net vim vue xml yaml yml zig zsh".split()
)
# The patterns of some languages slow down on long lines that nobody wrote by hand.
LONGEST = 8000


def colour(code: etree.Element) -> None:
    """Put the words of a `code` element with a known language into `span`s."""
    language = code.get("class", "").removeprefix("language-")
    text = code.text or ""
    if language not in LANGUAGES or len(text) > LONGEST:
        return
    code.set("class", f"language-{language} highlight")
    code.text = ""
    for name, parts in groupby(_lexer(language).get_tokens(text), key=_name):
        words = "".join(word for _, word in parts)
        if name:
            etree.SubElement(code, "span", {"class": name}).text = words
        elif len(code):
            code[-1].tail = words
        else:
            code.text = words


@functools.cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


def _name(token: tuple[object, str]) -> str:
    return STANDARD_TYPES.get(token[0], "")
