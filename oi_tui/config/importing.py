"""What a settings file of Open Interpreter becomes here, line by line, before anything is written.

Owns where such files lie and the plan of an import. Asks nobody and keeps no key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oi_tui.config.errors import ConfigError, UnfitValueError
from oi_tui.config.fields import check_value, setting_fields, text_from_value
from oi_tui.config.files import is_yaml, key_lines, line_of, parse_yaml, read_text
from oi_tui.config.old_settings import Fate, OldSetting, old_settings
from oi_tui.config.places import OLD_SETTINGS_NAME, Places
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_JSON = ".json"
_LONGEST = 60  # characters of a value in a report


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One key of the old file, and what becomes of it in words for a person."""

    key: str
    line: int  # 0: unknown
    fate: Fate
    words: str


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do. `values` are checked; `notes` say where each comes from.

    `model` and `api_base` are those of the old file, which say whose its key is.
    """

    source: Path
    lines: tuple[ImportLine, ...]
    values: Mapping[str, object]
    notes: Mapping[str, str]
    model: str = ""
    api_base: str = ""
    api_key: str = field(default="", repr=False)


def old_files(places: Places, environ: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Yield the settings files of Open Interpreter that are there, the likeliest first."""
    folders = [Path(_user_folder("Open Interpreter"))]
    if home := environ.get("HOME"):
        folders.append(Path(home, "Library", "Preferences", "Open Interpreter"))
    profiles = Path(_user_folder("open-interpreter"), "profiles")
    for path in (
        places.config / OLD_SETTINGS_NAME,
        *(folder / OLD_SETTINGS_NAME for folder in folders),
        profiles / "default.yaml",
    ):
        if path.is_file():
            yield path


def plan_import(source: Path, there: Mapping[str, object], *, replaces: bool = False) -> ImportPlan:
    """Return what a file becomes, beside the values that are `there` already.

    Raises:
        ConfigError: it cannot be read, or is no settings file of Open Interpreter.
        FileNotFoundError: there is none.
    """
    if not (is_yaml(source) or source.suffix == _JSON):
        raise ConfigError(_wrong_kind(source))
    text = read_text(source)
    numbers = key_lines(text, ":")
    lines: list[ImportLine] = []
    values: dict[str, object] = {}
    notes: dict[str, str] = {}
    api_key = ""
    said: dict[str, str] = {}
    for old in old_settings(parse_yaml(source, text)):
        number = line_of(numbers, old.key)
        fate, words = old.fate, tr(old.why) if old.why else ""
        if fate is Fate.KEY:
            api_key = str(old.value)
        elif old.name and fate is not Fate.UNKNOWN:
            if isinstance(old.value, str):
                said[old.name] = old.value
            fate, words = _take(old, there, replaces, values)
            notes[old.name] = tr("from {file}, line {line}", file=source.name, line=number)
        lines.append(ImportLine(one_line(old.key, 40), number, fate, words))
    model, api_base = said.get("model", ""), said.get("api_base", "")
    return ImportPlan(source, tuple(lines), values, notes, model, api_base, api_key)


def _take(
    old: OldSetting, there: Mapping[str, object], replaces: bool, values: dict[str, object]
) -> tuple[Fate, str]:
    """Take a value over, if it fits and hides none of the person's; say what became of it."""
    setting = setting_fields()[old.name]
    try:
        value = check_value(setting, old.value)
    except UnfitValueError as problem:
        return Fate.LEFT_OUT, str(problem)
    shown = f"{old.name} = {one_line(text_from_value(value), _LONGEST)}"
    if there.get(old.name) == value or (old.name not in there and value == setting.default):
        return Fate.LEFT_OUT, tr("{setting} holds already", setting=shown)
    if old.name in there and not replaces:
        kept = one_line(text_from_value(there[old.name]), _LONGEST)
        return Fate.LEFT_OUT, tr("your {value} stays; --force replaces it", value=kept)
    values[old.name] = value
    return old.fate, shown


def _user_folder(name: str) -> str:
    import platformdirs

    return platformdirs.user_config_dir(name, appauthor=False)


def _wrong_kind(path: Path) -> ErrorInfo:
    if path.suffix == ".py":
        detail = tr("it is a program, and nothing of it is run.")
        hint = tr("Write what it sets into a profile: oi-tui config new-profile NAME")
    else:
        detail = tr("its name ends neither in .yaml nor in .json.")
        hint = tr("A file of oi-tui itself is used with --config_file.")
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("{name} cannot be taken over", name=one_line(path.name)),
        detail=detail,
        hint=hint,
    )
