"""The specification is the product's own: every section that code, tests or documents name is there."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mattermost_hooks.console import config
from tests.architecture.test_rules import error_ids

ROOT = Path(__file__).resolve().parents[2]
SPECIFICATION = ROOT / "docs" / "specification"
FOLDERS = [
    "mattermost_hooks",
    "accounts",
    "channels_app",
    "integrations",
    "templates",
    "tests",
    "docs",
]

_HEADING = re.compile(r"^#+ ([AO]?\d+(?:\.\d+)*) ", re.MULTILINE)
# "§2.6", "§A2.3", and the two ends of "§1.7–1.9"; but not "RFC 9112 §9.6".
_REFERENCE = re.compile(r"(?<!RFC \d{4} )§([AO]?\d+(?:\.\d+)*)(?:[–-](\d+(?:\.\d+)*))?")


def sections() -> Counter[str]:
    """The numbers of all headings, each as often as it is given."""
    texts = [path.read_text() for path in SPECIFICATION.glob("*.md")]
    return Counter(number for text in texts for number in _HEADING.findall(text))


def references() -> Iterator[tuple[str, str]]:
    """Where a section is named, and its number."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix not in {".py", ".html", ".md"} or path == Path(__file__):
                continue
            for line_number, line in enumerate(path.read_text().splitlines(), start=1):
                for found in _REFERENCE.finditer(line):
                    place = f"{path.relative_to(ROOT)}:{line_number}"
                    yield from ((place, number) for number in found.groups() if number)


def test_every_section_that_is_named_exists() -> None:
    there, named = sections(), list(references())
    assert len(named) > 200
    assert [f"{place} names §{number}" for place, number in named if number not in there] == []


def test_a_section_has_a_number_of_its_own() -> None:
    assert [number for number, count in sections().items() if count > 1] == []


def test_what_is_missing_is_marked_in_one_way() -> None:
    """So that a search for the mark finds all of it."""
    for path in SPECIFICATION.glob("*.md"):
        spellings = set(re.findall(r"not\s+there\s+yet", path.read_text(), re.IGNORECASE))
        assert spellings == {"Not there yet"}, path.name


def test_every_error_id_and_every_setting_is_told() -> None:
    text = "".join(path.read_text() for path in SPECIFICATION.glob("*.md"))
    settings = {name for section in config.declared().values() for name in section}
    assert [name for name in sorted({*error_ids(), *settings}) if name not in text] == []
