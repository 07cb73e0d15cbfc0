"""Settings files as plain values: `config.toml`, and YAML of Open Interpreter.

Owns the two formats and where a key stands in them. Knows no type of any setting.
"""

from __future__ import annotations

import importlib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oi_tui.config.errors import ConfigError, Origin, Source, broken_file
from oi_tui.config.places import Places
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

_MOST_BYTES = 1024 * 1024
_LINE = re.compile(r"line (\d+)")


@dataclass(frozen=True, slots=True)
class FileValues:
    """What a settings file says, not yet checked."""

    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    notices: tuple[ErrorInfo, ...] = ()
    api_key: str = field(default="", repr=False)

    def origin(self, path: Path, key: str, source: Source = Source.FILE) -> Origin:
        """Return where `key` stands."""
        return Origin(source, path, self.lines.get(key, 0), key)


def find_settings_file(places: Places, named: str = "") -> Path:
    """Return the settings file to read: the one named, else the person's own. It may be missing.

    A name without a slash is looked up beside the person's settings. The working folder counts
    only in a path that names it, such as `./work.toml`: what lies there may be a stranger's.
    """
    if not named:
        return places.settings_file
    given = Path(named).expanduser()
    return given.absolute() if "/" in named or given.is_absolute() else places.config / given


def read_settings_file(path: Path) -> FileValues:
    """Return what the file says.

    Raises:
        ConfigError: it cannot be read, or is no such file at all.
        FileNotFoundError: there is none.
    """
    text = read_text(path)
    if is_yaml(path):
        return _from_old(path, parse_yaml(path, text), key_lines(text, ":"))
    return FileValues(parse_toml(path, text), key_lines(text, "="))


def read_text(path: Path) -> str:
    """Return the text of a file that a person wrote.

    Raises:
        ConfigError: it cannot be read, or is no text.
        FileNotFoundError: there is none.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigError(broken_file(path, tr("it is longer than 1 MiB")))
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(broken_file(path, error.strerror or str(error))) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(broken_file(path, tr("it is not UTF-8 text"), line)) from error


def is_yaml(path: Path) -> bool:
    """Whether the file is written as those of 0.1 are."""
    return path.suffix in (".yaml", ".yml")


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in its place must not hold us up


def parse_toml(path: Path, text: str) -> dict[str, object]:
    """Return what a TOML text says.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _LINE.search(str(error))
        raise ConfigError(broken_file(path, str(error), int(found[1]) if found else 0)) from error


def key_lines(text: str, sign: str) -> dict[str, int]:
    """Return the first line (from 1) on which each key seems to be set, for messages only."""
    found: dict[str, int] = {}
    setting = re.compile(rf"\s*[\"']?([\w.-]+)[\"']?\s*{sign}|\s*\[\s*([\w-]+)\s*\]")
    for number, line in enumerate(text.split("\n"), 1):
        if match := setting.match(line):
            found.setdefault(match[1] or match[2], number)
    return found


def parse_yaml(path: Path, text: str) -> dict[object, object]:
    """Return what a YAML text says; JSON is YAML too.

    Raises:
        ConfigError: it is no YAML, or holds no settings.
    """
    yaml = importlib.import_module("yaml")  # slow, and only for files of the old program
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(broken_file(path, str(problem), line)) from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ConfigError(broken_file(path, tr("it holds no settings")))
    return loaded


def _from_old(path: Path, loaded: dict[object, object], lines: dict[str, int]) -> FileValues:
    from oi_tui.config.old_settings import Fate, old_settings  # few still have such a file

    values: dict[str, object] = {}
    ignored = []
    api_key = ""
    for old in old_settings(loaded):
        match old.fate:
            case Fate.KEY:
                api_key = str(old.value)
            case Fate.LEFT_OUT:
                ignored.append(old.key)
            case _:
                values[old.name] = old.value
                lines.setdefault(old.name, line_of(lines, old.key))
    notices = (_not_used(path, ignored),) if ignored else ()
    return FileValues(values, lines, notices, api_key)


def line_of(lines: Mapping[str, int], key: str) -> int:
    """Return the line of a key that may be inside a table; 0: unknown."""
    return lines.get(key, 0) or lines.get(key.rpartition(".")[2], 0)


def _not_used(path: Path, names: list[str]) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("Some settings of Open Interpreter are not used"),
        detail=f"{path}: {', '.join(sorted(names))}",
        hint=tr("oi-tui config import says why, and writes the others to config.toml."),
    )
