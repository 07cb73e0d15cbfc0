"""What is wrong with a setting, said to a person. Knows no file format."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr


class ConfigError(Exception):
    """A setting cannot be used; `info` says it to a person."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(f"{info.title}: {info.detail}" if info.detail else info.title)
        self.info = info


class UnfitValueError(Exception):
    """A value does not fit its setting; the text says what would."""


class Source(StrEnum):
    """The kinds of places a setting can come from, the strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    PROFILE = "profile"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written; line 0: unknown."""

    source: Source
    file: Path | None = None
    line: int = 0
    name: str = ""  # the variable or flag

    def __str__(self) -> str:
        if self.file is None:
            return self.name
        return f"{self.file}:{self.line}" if self.line else str(self.file)


def unknown_key(key: str, origin: Origin, known: Iterable[str]) -> ErrorInfo:
    """Say that there is no such setting, and which one was probably meant."""
    near = nearest(key, known)
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("There is no setting {key}", key=key),
        detail=str(origin),
        hint=tr("Did you mean {name}?", name=near) if near else "",
    )


def wrong_value(key: str, origin: Origin, problem: str) -> ErrorInfo:
    """Say what is wrong with a value."""
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("The setting {key} cannot be used", key=key),
        detail=f"{origin}: {problem}",
    )


def broken_file(path: Path, problem: str, line: int = 0) -> ErrorInfo:
    """Say that a settings file cannot be read or changed at all."""
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("The settings file cannot be read"),
        detail=f"{Origin(Source.FILE, path, line)}: {problem}",
        hint=tr("oi-tui --config opens it. Until it is mended, the defaults are used."),
        kept=tr("The file is left as it is."),
    )


def nearest(key: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like `key`, or nothing if none does."""
    names = {name.lower().replace("-", "_"): name for name in known}
    wanted = key.lower().replace("-", "_")
    found = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    return names[found[0]] if found else ""
