"""Settings files as plain values: `config.toml`, and `config.yaml` of Open Interpreter 0.1.

Owns the two formats and where a key stands in them. Knows no type of any setting.
"""

from __future__ import annotations

import importlib
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from oi_tui.config.errors import ConfigError, Origin, Source, broken_file
from oi_tui.config.places import Places
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

_MOST_BYTES = 1024 * 1024
_LINE = re.compile(r"line (\d+)")

# Keys of 0.1 that have another name here, and those that mean nothing here.
_RENAMED = {"debug_mode": "debug"}
_WITHOUT_MEANING = {
    "local",
    "api_version",
    "conversation_history",
    "conversation_filename",
    "conversation_history_path",
    "disable_procedures",
    "function_calling_llm",
    "vision",
    "procedures",
    "num_procedures",
    "download_open_procedures",
    "gguf_quality",
    "safe_mode",
    "version",
}
# 0.1 copied its prompt into each person's file once; newer instructions never reached them.
_SHIPPED_PROMPT = "You are Open Interpreter, a world-class programmer"


@dataclass(frozen=True, slots=True)
class FileValues:
    """What a settings file says, not yet checked."""

    values: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    notices: tuple[ErrorInfo, ...] = ()
    api_key: str = field(default="", repr=False)

    def origin(self, path: Path, key: str) -> Origin:
        """Return where `key` stands."""
        return Origin(Source.FILE, path, self.lines.get(key, 0), key)


def find_settings_file(places: Places, named: str = "") -> Path:
    """Return the settings file to read: the one named, else the person's own.

    A name without a folder is looked up beside the person's settings, then in the working folder,
    as in 0.1. The file may be missing.
    """
    if named:
        given = Path(named).expanduser()
        beside = places.config / given
        return beside if not given.is_absolute() and beside.exists() else given.absolute()
    return places.settings_file


def read_settings_file(path: Path) -> FileValues:
    """Return what the file says.

    Raises:
        ConfigError: it cannot be read, or is no such file at all.
        FileNotFoundError: there is none.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ConfigError(broken_file(path, tr("it is longer than 1 MiB")))
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigError(broken_file(path, error.strerror or str(error))) from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(broken_file(path, tr("it is not UTF-8 text"), line)) from error
    if is_yaml(path):
        return _yaml(path, text)
    return FileValues(parse_toml(path, text), key_lines(text, "="))


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


def _yaml(path: Path, text: str) -> FileValues:
    yaml = importlib.import_module("yaml")  # slow, and only for files of the old program
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigError(broken_file(path, str(problem), line)) from error
    if loaded is None:
        return FileValues()
    if not isinstance(loaded, dict):
        raise ConfigError(broken_file(path, tr("it holds no settings")))
    return _from_old(path, loaded, key_lines(text, ":"))


def _from_old(path: Path, loaded: dict[object, object], lines: dict[str, int]) -> FileValues:
    values: dict[str, object] = {}
    ignored = []
    api_key = ""
    for key, value in loaded.items():
        name = _RENAMED.get(str(key), str(key))
        if name == "api_key":
            api_key = value if isinstance(value, str) else ""
        elif value is None or name in _WITHOUT_MEANING or _is_shipped_prompt(name, value):
            ignored.append(name)
        else:
            values[name] = value
            lines.setdefault(name, lines.get(str(key), 0))
    notices = (_not_used(path, ignored),) if ignored else ()
    return FileValues(values, lines, notices, api_key)


def _not_used(path: Path, names: list[str]) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("Some settings of Open Interpreter are not used"),
        detail=f"{path}: {', '.join(sorted(names))}",
    )


def _is_shipped_prompt(name: str, value: object) -> bool:
    return name == "system_message" and str(value).lstrip().startswith(_SHIPPED_PROMPT)
