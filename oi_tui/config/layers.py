"""The places that settings come from, kept together so that they can be read anew and written to.

Owns which file a changed value goes to: the settings file, never a profile. Knows no screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oi_tui.config.errors import ConfigError
from oi_tui.config.fields import setting_fields, text_from_value
from oi_tui.config.files import is_yaml
from oi_tui.config.loading import LoadedSettings, load_settings
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr


@dataclass(frozen=True, slots=True)
class Layers:
    """Flags, environment, profile and file of this start; see `load_settings`."""

    file: Path
    flags: Mapping[str, object] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    profile: Path | None = None
    fast: bool = False

    def load(self) -> LoadedSettings:
        """Read everything.

        Raises:
            ConfigError: a flag, a variable or the profile cannot be used.
        """
        return load_settings(
            self.flags,
            self.environ,
            self.file,
            required=self.required,
            profile=self.profile,
            fast=self.fast,
        )

    def write(self, values: Mapping[str, object]) -> None:
        """Write values to the settings file, made if it is missing; None takes one out.

        Raises:
            ConfigError: the file cannot be changed without harm; it is left as it is.
            OSError: it cannot be written; it is left as it is.
        """
        from oi_tui.config.writing import set_values

        if is_yaml(self.file):
            raise ConfigError(_old_file(self.file))
        fields = setting_fields()
        set_values(self.file, {name: _plain(fields[name].kind, values[name]) for name in values})

    def create_file(self) -> Path:
        """Return the settings file, made with its explanations if it is missing.

        Raises:
            OSError: it cannot be made.
        """
        from oi_tui.config.writing import create_settings_file

        create_settings_file(self.file)
        return self.file


def _plain(kind: type, value: object) -> object:
    """Return a value as TOML takes it: a member of an enumeration is its text."""
    return (
        value if value is None or kind in (bool, int, float, str, dict) else text_from_value(value)
    )


def _old_file(path: Path) -> ErrorInfo:
    return ErrorInfo(
        ErrorKind.CONFIG,
        tr("A file of Open Interpreter is only read"),
        detail=str(path),
        hint=tr("oi-tui config import {path} makes one that can be changed.", path=path),
    )
