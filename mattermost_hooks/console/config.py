"""The settings as the code reads them: get_config() → a frozen Config, the same in every process.

Order of precedence: MM_<SECTION>_<SETTING> in the environment, then the database, then the default.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mattermost_hooks import process_cache
from mattermost_hooks.errors import AppError

from .models import Setting
from .sections import Config

Changes = Mapping[str, Mapping[str, object]]


def get_config() -> Config:
    """The settings in force. Cheap; never call it while a module is being imported."""
    return process_cache.remember(("config",), _load)


def save_config(changes: Changes) -> Config:
    """Store settings by section and name; all or none. They act from the next request of every process.

    Sections and settings that this server does not know are ignored, as Mattermost does. A value of the
    wrong type or outside its range, and a change of what the environment fixes, is refused with a 400.
    """
    with transaction.atomic():
        for section, fields in _fields().items():
            for name, value in changes.get(section, {}).items():
                if name in fields:
                    _store(section, fields[name], value)
        process_cache.forget_everywhere()
    return _load()


def environment_name(section: str, name: str) -> str:
    """The environment variable that fixes this setting: MM_SERVICESETTINGS_SITEURL."""
    return f"MM_{section}_{name}".upper()


def is_fixed(section: str, name: str) -> bool:
    """Does the environment fix this setting, so that nobody can change it here?"""
    return environment_name(section, name) in os.environ


def checked(section: str, field: "dataclasses.Field[Any]", value: object) -> object:
    """The value if the setting may hold it; a 400 that names the setting otherwise."""
    name = f"{section}.{field.name}"
    if type(value) is not field.type:
        raise _invalid(name, f"must be {_TYPE_WORDS[field.type]}")
    low, high = field.metadata.get("range", (None, None))
    if low is not None and isinstance(value, int) and not low <= value <= high:
        raise _invalid(name, f"must lie between {low} and {high}")
    choices = field.metadata.get("choices")
    if choices and value not in choices:
        raise _invalid(name, "must be one of " + ", ".join(choices))
    if check := field.metadata.get("check"):
        problem = check(value)
        if problem:
            raise _invalid(name, problem)
    return value


_TYPE_WORDS: dict[Any, str] = {bool: "true or false", int: "a whole number", str: "a text"}


def _invalid(name: str, problem: str) -> AppError:
    return AppError("api.config.update_config.value.app_error", f"Invalid value: {name} {problem}.")


def _fields() -> dict[str, dict[str, "dataclasses.Field[Any]"]]:
    return {
        section.name: {field.name: field for field in dataclasses.fields(_section_type(section))}
        for section in dataclasses.fields(Config)
    }


def _section_type(section: "dataclasses.Field[Any]") -> Any:
    return section.default_factory


def _store(section: str, field: "dataclasses.Field[Any]", value: object) -> None:
    value = checked(section, field, value)
    if is_fixed(section, field.name):
        if value != from_environment(section, field):
            variable = environment_name(section, field.name)
            raise _invalid(f"{section}.{field.name}", f"is fixed by {variable} in the environment")
        return
    if value == field.default:
        Setting.objects.filter(section=section, name=field.name).delete()
    else:
        Setting.objects.update_or_create(
            section=section, name=field.name, defaults={"value": value}
        )


def from_environment(section: str, field: "dataclasses.Field[Any]") -> object:
    """What the environment says of a setting: texts as they are, the rest as JSON."""
    text = os.environ[environment_name(section, field.name)]
    if field.type is str:
        return checked(section, field, text)
    try:
        value = json.loads(text.lower() if field.type is bool else text)
    except ValueError:
        value = text
    return checked(section, field, value)


def _load() -> Config:
    stored = {(row.section, row.name): row.value for row in Setting.objects.all()}
    sections = {}
    for section, fields in _fields().items():
        values: dict[str, object] = {}
        for name, field in fields.items():
            if is_fixed(section, name):
                values[name] = from_environment(section, field)
            elif (section, name) in stored:
                values[name] = checked(section, field, stored[section, name])
        sections[section] = getattr(Config(), section).__class__(**values)
    return Config(**sections)
