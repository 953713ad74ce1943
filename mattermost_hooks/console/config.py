"""The settings as the code reads them: get_config() → a frozen Config, the same in every process.

Order of precedence: MM_<SECTION>_<SETTING> in the environment, then the database, then the default.
"""

import dataclasses
import json
import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from mattermost_hooks import process_cache
from mattermost_hooks.errors import AppError, Refusal

from .models import Setting
from .sections import Config

Changes = Mapping[str, Mapping[str, object]]
Field = dataclasses.Field[Any]

# What stands for a secret wherever settings are shown; sent back, it leaves the secret alone.
MASK = "*" * 32
LONGEST_TEXT = 4000
SUBJECT = ("config",)

bad_value = Refusal("api.config.update_config.value.app_error", "Invalid value: {}.")

_TYPE_WORDS: dict[Any, str] = {bool: "true or false", int: "a whole number", str: "a text"}

logger = logging.getLogger(__name__)

_last_known: Config | None = None


def get_config() -> Config:
    """The settings in force. Cheap; never call it while a module is being imported.

    While the database is away they are those this process has read last; before the first reading, the
    defaults and what the environment fixes.
    """
    global _last_known
    try:
        _last_known = process_cache.remember(SUBJECT, _load)
    except (OperationalError, InterfaceError):
        if _last_known is None:
            return _with_stored({})
    return _last_known


def save_config(changes: Changes) -> Config:
    """Store settings by section and name; all or none. They act from the next request of every process.

    Sections and settings that this server does not know are ignored, as Mattermost does. A value of the
    wrong type or outside its range, and a change of what the environment fixes, is refused with a 400.
    """
    with transaction.atomic():
        before = _load()
        for section, fields in declared().items():
            for name, value in changes.get(section, {}).items():
                if name in fields:
                    _store(section, fields[name], value)
        after = _load()
        if changed := _changed(before, after):
            logger.info("Settings changed: %s", ", ".join(changed))
            process_cache.forget_everywhere(SUBJECT)
        return after


@cache
def declared() -> dict[str, dict[str, Field]]:
    """Every setting there is, by section and name, in the order of sections.py."""
    return {
        section.name: {field.name: field for field in dataclasses.fields(_section_type(section))}
        for section in dataclasses.fields(Config)
    }


@cache
def refusals() -> tuple[Refusal, ...]:
    """What save_config() refuses with."""
    metadata = [one.metadata for fields in declared().values() for one in fields.values()]
    return (bad_value, *(Refusal(*one["error"]) for one in metadata if "error" in one))


def with_defaults(changes: Changes) -> Changes:
    """The same changes, and the default for every other setting that the environment leaves open."""
    return {
        section: {
            name: field.default for name, field in fields.items() if not is_fixed(section, name)
        }
        | dict(changes.get(section, {}))
        for section, fields in declared().items()
    }


def as_json(config: Config) -> dict[str, dict[str, object]]:
    """The settings as REST and the console show them: by section and name, secrets masked."""
    return {
        section: {
            name: shown(field, getattr(getattr(config, section), name))
            for name, field in fields.items()
        }
        for section, fields in declared().items()
    }


def shown(field: Field, value: object) -> object:
    """The value, or the mask if it is a secret that has been set."""
    return MASK if field.metadata.get("secret") and value else value


def environment_name(section: str, name: str) -> str:
    """The environment variable that fixes this setting: MM_SERVICESETTINGS_SITEURL."""
    return f"MM_{section}_{name}".upper()


def is_fixed(section: str, name: str) -> bool:
    """Does the environment fix this setting, so that nobody can change it here? An empty word does not."""
    return bool(os.environ.get(environment_name(section, name)))


def from_environment(section: str, field: Field) -> object:
    """What the environment says of a setting: texts as they are, the rest as JSON.

    Raises the 400 of checked() for what the setting may not hold: a server that ignored it would run
    under other rules than its operator believes.
    """
    text = os.environ[environment_name(section, field.name)]
    if field.type is str:
        return checked(section, field, text)
    try:
        value = json.loads(text.lower() if field.type is bool else text)
    except ValueError:
        value = text
    return checked(section, field, value)


def checked(section: str, field: Field, value: object) -> object:
    """The value if the setting may hold it; a 400 that names the setting otherwise."""
    if problem := _problem(field, value):
        raise _invalid(section, field, problem)
    return value


def _load() -> Config:
    return _with_stored({(row.section, row.name): row.value for row in Setting.objects.all()})


def _with_stored(stored: Mapping[tuple[str, str], object]) -> Config:
    sections = {}
    for section in dataclasses.fields(Config):
        values = {
            name: _value_in_force(section.name, field, stored.get((section.name, name)))
            for name, field in declared()[section.name].items()
        }
        sections[section.name] = _section_type(section)(**values)
    return Config(**sections)


def _section_type(section: Field) -> Any:
    return section.default_factory


def _value_in_force(section: str, field: Field, stored: object) -> object:
    if is_fixed(section, field.name):
        return from_environment(section, field)
    if stored is None:
        return field.default
    if problem := _problem(field, stored):
        # A newer version may have narrowed the range; one old row must not stop the server.
        logger.warning("%s.%s %s: its default acts instead", section, field.name, problem)
        return field.default
    return stored


def _store(section: str, field: Field, value: object) -> None:
    if field.metadata.get("secret") and value == MASK:
        return
    value = checked(section, field, value)
    if is_fixed(section, field.name):
        if value != from_environment(section, field):
            variable = environment_name(section, field.name)
            raise _invalid(section, field, f"is fixed by {variable} in the environment")
        return
    if value == field.default:
        Setting.objects.filter(section=section, name=field.name).delete()
    else:
        Setting.objects.update_or_create(
            section=section, name=field.name, defaults={"value": value}
        )


def _changed(before: Config, after: Config) -> list[str]:
    return [
        f"{section}.{name}"
        for section, fields in declared().items()
        for name in fields
        if getattr(getattr(before, section), name) != getattr(getattr(after, section), name)
    ]


def _problem(field: Field, value: object) -> str | None:
    """What is wrong with a value, as the end of a sentence; None if nothing is."""
    if type(value) is not field.type:
        return f"must be {_TYPE_WORDS[field.type]}"
    if isinstance(value, str):
        return _problem_with_text(field, value)
    low, high = field.metadata.get("range", (None, None))
    if low is not None and isinstance(value, int) and not low <= value <= high:
        return f"must lie between {low} and {high}"
    return None


def _problem_with_text(field: Field, text: str) -> str | None:
    choices = field.metadata.get("choices")
    if choices and text not in choices:
        return "must be one of " + ", ".join(choices)
    longest = field.metadata.get("longest", LONGEST_TEXT)
    if len(text) > longest:
        return f"must have at most {longest} characters"
    if not text.isprintable():
        return "must be one line of printable characters"
    check = field.metadata.get("check")
    return check(text) if check else None


def _invalid(section: str, field: Field, problem: str) -> AppError:
    sentence = f"{section}.{field.name} {problem}"
    if known := field.metadata.get("error"):
        return Refusal(*known)(detail=sentence)
    return bad_value(sentence, words=f"{problem[0].upper()}{problem[1:]}.")
