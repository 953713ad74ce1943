"""The rules of the house that a linter does not know."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from mattermost_hooks.console import config

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["mattermost_hooks", "accounts", "channels_app", "integrations"]
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
# An id that says the same of several things carries their name in its text.
# Tests of what no single module does.
STORIES = {
    *("test_below_a_path", "test_fuzz", "test_growth", "test_outbound_tls", "test_refusals"),
    "test_ssrf",
}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "data", "info"}


def our_files() -> list[Path]:
    """Every Python file of the product, migrations left out."""
    return [
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", our_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short_and_public_ones_say_what_they_promise(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_FILE
    assert path.stem not in FORBIDDEN_NAMES
    tree = ast.parse(text)
    if tree.body:
        assert ast.get_docstring(tree), "the module says nothing of itself"
    for function in functions(tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"{function.name} has {length} lines"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if node.name[0] != "_" and not _is_django_handle(node):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def mirrored_tests() -> list[Path]:
    """Every file of tests that stands in the mirror of a package."""
    return [path for one in PACKAGES for path in sorted((ROOT / "tests" / one).rglob("test_*.py"))]


@pytest.mark.parametrize(
    "path", mirrored_tests(), ids=lambda path: str(path.relative_to(ROOT / "tests"))
)
def test_tests_stand_where_the_code_stands(path: Path) -> None:
    folder = ROOT / path.parent.relative_to(ROOT / "tests")
    named = path.stem.removeprefix("test_")
    homes = [folder / f"{named}.py", folder / named, folder / "management/commands" / f"{named}.py"]
    assert path.stem in STORIES or folder.name == named or any(home.exists() for home in homes)


DOORS = [
    path
    for path in our_files()
    if path.stem in ("api", "pages", "tasks", "wire", "page_frame")
    or path.parent.name in ("api", "pages")
]


@pytest.mark.parametrize("path", DOORS, ids=lambda path: str(path.relative_to(ROOT)))
def test_doors_ask_services_and_not_the_database(path: Path) -> None:
    asked = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_default_manager", "save", "select_related")
    ]
    assert asked == []


def error_ids() -> dict[str, set[str]]:
    """The ids of errors that stand whole in the product, with the texts they have."""
    texts: dict[str, set[str]] = defaultdict(set)
    for path in our_files():
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("AppError", "Refusal"):
                id_and_text = call.args[:2]
                if len(id_and_text) == 2 and isinstance(id_and_text[0], ast.Constant):
                    texts[str(id_and_text[0].value)].add(ast.unparse(id_and_text[1]))
    return texts


def test_an_error_id_has_one_text() -> None:
    texts = error_ids()
    assert len(texts) > 40
    assert {id: several for id, several in texts.items() if len(several) > 1} == {}


def test_the_only_celery_arguments_are_ids() -> None:
    for path in our_files():
        if path.name != "tasks.py":
            continue
        for function in functions(ast.parse(path.read_text())):
            names = [argument.arg for argument in function.args.kwonlyargs]
            assert not function.args.args
            assert all(name.endswith("_id") for name in names), function.name


def test_existing_rows_are_never_saved_whole() -> None:
    """What a whole row writes back may be older than what somebody else has written meanwhile."""
    whole = [
        f"{path.relative_to(ROOT)}:{call.lineno} {ast.unparse(call)}"
        for path in our_files()
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and _saves_a_whole_row(call)
    ]
    assert whole == []


@pytest.mark.parametrize(
    ("code", "is_whole"),
    [
        ("hook.save()", True),
        ("hook.save(force_update=True)", True),
        ("hook.save(force_insert=False)", True),
        ("await hook.asave()", True),
        ("Model.save(hook)", True),
        ("Hook.objects.update_or_create(id=id)", True),
        ("hook.save(force_insert=True)", False),
        ("hook.save(update_fields=['token'])", False),
        ("Hook.objects.update_or_create(id=id, defaults={'token': token})", False),
    ],
)
def test_a_whole_save_is_recognised(code: str, is_whole: bool) -> None:
    calls = [one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.Call)]
    assert any(map(_saves_a_whole_row, calls)) is is_whole


def test_every_setting_is_read_somewhere() -> None:
    """Read as an attribute, or named where settings are read by name; declaring it is not reading it."""
    read: set[str] = set()
    for path in our_files():
        if path.name == "sections.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute):
                read.add(node.attr)
            elif isinstance(node, ast.Constant) and "console" not in path.relative_to(ROOT).parts:
                read.add(str(node.value))
    settings = {name for section in config.declared().values() for name in section}
    assert settings - read == set()


def _saves_a_whole_row(call: ast.Call) -> bool:
    given = {word.arg: word.value for word in call.keywords}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in ("save", "asave", "save_base"):
        inserts = given.get("force_insert")
        is_insert = isinstance(inserts, ast.Constant) and inserts.value is True
        return not (is_insert or "update_fields" in given)
    return name in ("update_or_create", "aupdate_or_create") and "defaults" not in given


def _is_django_handle(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        "Config" in ast.unparse(one) for one in node.bases
    )


def test_what_is_seen_on_postgresql_alone_is_run_there() -> None:
    """A test that skips on SQLite is marked `servers`, or it would be run nowhere."""
    unseen = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and "connection.vendor" in (code := ast.unparse(node))
        and "pytest.skip(" in code
        and "pytest.mark.servers" not in code
        and not re.search(r"^pytestmark = .*pytest\.mark\.servers", path.read_text(), re.MULTILINE)
    ]
    assert unseen == []
