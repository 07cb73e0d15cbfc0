"""All settings as a table for a person, or as JSON for a program. Knows no key of a provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from oi_tui.config.fields import SettingField, setting_fields, shown_text
from oi_tui.config.layers import Layers
from oi_tui.config.loading import LoadedSettings
from oi_tui.config.schema import Group
from oi_tui.text.redaction import redactor
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_LONGEST = 44  # characters of a value


def as_table(layers: Layers, loaded: LoadedSettings) -> str:
    """Return name, value and origin of every setting, by groups."""
    lines = [tr("Settings file: {path}", path=layers.file)]
    if layers.profile is not None:
        lines.append(tr("Profile: {path}", path=layers.profile))
    for group in Group:
        lines += ["", tr(group.value)]
        lines += _rows(group, loaded)
    return redactor.redact("\n".join(lines))


def as_json(layers: Layers, loaded: LoadedSettings) -> str:
    """Return the same as one JSON object, with the values as they are."""
    settings: dict[str, Any] = {}
    for name, field in setting_fields().items():
        origin = loaded.sources[name]
        settings[name] = {
            "value": _shown(getattr(loaded.settings, name)),
            "source": origin.source,
            "origin": str(origin),
            "default": field.default,
            "meaning": field.meaning.text,
        }
    whole = {
        "file": str(layers.file),
        "profile": str(layers.profile) if layers.profile else None,
        "settings": settings,
        "notices": [
            {"title": one.title, "detail": one.detail, "hint": one.hint} for one in loaded.notices
        ],
    }
    return redactor.redact(json.dumps(whole, indent=2, ensure_ascii=False))


def _rows(group: Group, loaded: LoadedSettings) -> Iterator[str]:
    width = max(len(name) for name in setting_fields())
    for name, field in setting_fields().items():
        if field.meaning.group is group:
            value = _value_words(field, getattr(loaded.settings, name), _LONGEST)
            origin = loaded.sources[name]
            yield f"  {name:{width}}  {value:{_LONGEST}}  {origin}".rstrip()


def _shown(value: object) -> object:
    return shown_text(value) if type(value) is str else value


def _value_words(field: SettingField, value: object, longest: int) -> str:
    """Return a value for a person; without one, what happens then, in brackets."""
    text = one_line(shown_text(value), longest)
    return text or f"({tr(field.meaning.unset)})"
