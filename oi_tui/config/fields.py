"""The settings as a table of fields, and how a value becomes one of them.

Derived from `schema` alone, so that a new setting needs no code here. Knows no file.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TypeGuard

from oi_tui.config.errors import UnfitValueError
from oi_tui.config.schema import Meaning, Settings
from oi_tui.text.redaction import MARK, redactor
from oi_tui.text.translation import tr

_LOGIN = re.compile(r"//[^/@\s]+@")  # of a person, in an address
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting: its name, the type of its value, whether it may be None, and its meaning."""

    name: str
    kind: type
    optional: bool
    meaning: Meaning
    default: object


@cache
def setting_fields() -> dict[str, SettingField]:
    """Return all settings by name, in the order of the schema."""
    hints = typing.get_type_hints(Settings, include_extras=True)
    defaults = Settings()
    found = {}
    for entry in dataclasses.fields(Settings):
        hint, meaning = typing.get_args(hints[entry.name])
        kind, optional = _kind_of(hint)
        default = getattr(defaults, entry.name)
        found[entry.name] = SettingField(entry.name, kind, optional, meaning, default)
    return found


def check_value(field: SettingField, value: object) -> object:
    """Return `value` as the setting wants it.

    Raises:
        UnfitValueError: it has another type, or is a number out of range.
    """
    if isinstance(value, str) and value in field.meaning.words:
        return field.meaning.words[value]
    if field.kind is dict:
        return _table(value)
    if field.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if issubclass(field.kind, Enum):
        return _member(field.kind, value)
    if type(value) is not field.kind:
        raise UnfitValueError(_wanted(field))
    if isinstance(value, int | float) and not isinstance(value, bool):
        _check_number(field, value)
    return value


def value_from_text(field: SettingField, text: str) -> object:
    """Return what `text`, from the environment or a prompt, means for the setting.

    Raises:
        UnfitValueError: it means nothing there.
    """
    word = text.strip()
    if field.optional and not word:
        return None
    if word.lower() in field.meaning.words:
        return field.meaning.words[word.lower()]
    if field.kind is bool:
        if word.lower() not in _TRUE | _FALSE:
            raise UnfitValueError(_wanted(field))
        return word.lower() in _TRUE
    if field.kind in (int, float):
        try:
            number = field.kind(word.replace("_", ""))
        except ValueError:
            raise UnfitValueError(_wanted(field)) from None
        return check_value(field, number)
    return check_value(field, word if issubclass(field.kind, Enum) else text)


def text_from_value(value: object) -> str:
    """Return a value as a file or flag would say it; the inverse of `value_from_text`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} = {entry}" for name, entry in value.items())
    return str(value)


def shown_text(value: object) -> str:
    """Return a value as it may be shown: without what an address or a text gives away."""
    return redactor.redact(_LOGIN.sub("//" + MARK + "@", text_from_value(value)))


def choices(field: SettingField) -> tuple[str, ...]:
    """Return the only texts that a setting may be; empty: it is free."""
    if field.kind is bool:
        return ("false", "true")
    return tuple(str(member.value) for member in field.kind) if _is_enum(field.kind) else ()


def _is_enum(kind: type) -> TypeGuard[type[Enum]]:
    return issubclass(kind, Enum)


def _kind_of(hint: typing.Any) -> tuple[type, bool]:
    if isinstance(hint, types.UnionType):
        (kind,) = (one for one in typing.get_args(hint) if one is not types.NoneType)
        return kind, True
    return typing.get_origin(hint) or hint, False


def _check_number(field: SettingField, value: float) -> None:
    least, most = field.meaning.minimum, field.meaning.maximum
    if not math.isfinite(value):
        raise UnfitValueError(_wanted(field))
    if least is not None and value < least:
        raise UnfitValueError(tr("it must be at least {least}", least=f"{least:g}"))
    if most is not None and value > most:
        raise UnfitValueError(tr("it must be at most {most}", most=f"{most:g}"))


def _member(kind: type[Enum], value: object) -> Enum:
    for member in kind:
        if member.value == value:
            return member
    names = ", ".join(str(member.value) for member in kind)
    raise UnfitValueError(tr("it must be one of: {names}", names=names))


def _table(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise UnfitValueError(tr("it must be a table, such as [keymap]"))
    table = {}
    for key, entry in value.items():
        if not isinstance(entry, str):
            raise UnfitValueError(tr("{key} must be text in quotes", key=key))
        table[str(key)] = entry
    return table


def _wanted(field: SettingField) -> str:
    if field.kind is bool:
        return tr("it must be true or false")
    if field.meaning.words:
        words = ", ".join(field.meaning.words)
        return tr("it must be a whole number, or one of: {words}", words=words)
    if field.kind is int:
        return tr("it must be a whole number")
    if field.kind is float:
        return tr("it must be a number")
    return tr("it must be text in quotes")
