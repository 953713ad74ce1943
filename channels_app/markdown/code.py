"""Colours for the code of a post: Pygments' classes on the words of a known language.

The colours themselves stand in static/css/code.css.
"""

import functools
import logging
import re
import time
from collections import Counter
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from .allowance import CODE_SECONDS, PIECE, Allowance

# Loading a language takes longer than using it, and a post can name hundreds: these are enough.
_NAMES = (
    "bash bat c c# c++ clojure cpp cs csharp css dart diff docker dockerfile elixir erlang go golang"
    " graphql groovy haskell hcl html ini java javascript js json jsx julia kotlin less lua make makefile"
    " matlab nginx objective-c perl php postgresql powershell properties protobuf ps1 py python r rb rs"
    " ruby rust scala scss sh shell sql swift terraform tex toml ts tsx typescript vim xml yaml yml"
)
LANGUAGES = frozenset(_NAMES.split())
LONGEST = 8000
# A single pattern of some languages takes the square of what it runs over, and no net catches it there:
# lines and blanks that nobody writes by hand.
_LONG_RUN = re.compile(r"[^\n]{400}|\s{100}")
# Some languages take a time that grows with the square of a text, which nobody may make a page wait for.
# Having waited in vain counts as so much work.
WORK_OF_GIVING_UP = 150_000
# Of one code, with all the time that a post has.
MOST_TRIES = 3
MOST_REMEMBERED = 1000

# What makes a language load the others that may stand in it.
_EMBEDDED = "<style>a{}</style><script>a</script><?php a ?>"

type_of_token = tuple[object, str]

# How often the colours of a code were tried in vain in this process.
_in_vain: Counter[int] = Counter()

logger = logging.getLogger(__name__)


def language_of(note: str) -> str:
    """The name of the language in the words behind a fence: the first of them."""
    return next(iter(note.lower().split()), "")


def colour(root: Element, allowance: Allowance) -> None:
    """Put the words of each `code` with a known language into `span`s.

    What is too long, or has lines that are, keeps one colour; so does, for this once, what comes when the
    allowance has no more time for it.
    """
    for code in root.iterfind(".//pre/code[@class]"):
        language = code.get("class", "").removeprefix("language-")
        text = code.text or ""
        if language not in LANGUAGES or not _may_be_coloured(text):
            continue
        tokens = _tokens_in_time(language, text, allowance)
        allowance.is_out_of_time = allowance.is_out_of_time or tokens is None
        if tokens:
            allowance.spend(PIECE * len(tokens))
            code.set("class", f"language-{language} highlight")
            _fill(code, tokens)


def _may_be_coloured(text: str) -> bool:
    return len(text) <= LONGEST and not _LONG_RUN.search(text)


def _tokens_in_time(language: str, text: str, allowance: Allowance) -> list[type_of_token] | None:
    """The words of a code with their kinds; None if there is no time for them, or if that was tried often
    enough: what is not kept comes back with every page.
    """
    key = hash((language, text))
    if allowance.code_seconds <= 0 or _in_vain[key] >= MOST_TRIES:
        return None
    # Loading a language is the process's work, once, and not the post's.
    lexer = _lexer(language)
    started = time.thread_time()
    tokens = _tokens(lexer, text, until=started + allowance.code_seconds)
    if tokens is None:
        allowance.spend(WORK_OF_GIVING_UP)
        if allowance.code_seconds == CODE_SECONDS:
            _in_vain[key] += 1
        if len(_in_vain) > MOST_REMEMBERED:
            _in_vain.clear()
    allowance.code_seconds -= time.thread_time() - started
    return tokens


def _tokens(lexer: Lexer, text: str, *, until: float) -> list[type_of_token] | None:
    """The words of a code with their kinds; None if the time is over before its end."""
    tokens = []
    for token in lexer.get_tokens(text):
        if time.thread_time() > until:
            logger.info("code of %d characters in %s keeps one colour", len(text), lexer.name)
            return None
        tokens.append(token)
    return tokens


def _fill(code: Element, tokens: list[type_of_token]) -> None:
    code.text = ""
    for name, parts in groupby(tokens, key=lambda token: STANDARD_TYPES.get(token[0], "")):
        words = "".join(word for _, word in parts)
        if name:
            SubElement(code, "span", {"class": name}).text = words
        elif len(code):
            code[-1].tail = words
        else:
            code.text = words


@functools.cache
def _lexer(language: str) -> Lexer:
    """The lexer of a language, with those of the languages in it: each loads when it is first used."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    for _ in lexer.get_tokens(_EMBEDDED):
        pass
    return lexer
